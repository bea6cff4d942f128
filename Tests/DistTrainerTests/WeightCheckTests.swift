import Collectives
import DistTrainer
import Model
import PeakData
import Support
import Testing

/// Rank 0 of two, whose peer contributes nothing to any sum and, where `differs`, holds other
/// weights.
private final class TwoRanks: Communicator {
  let rank = 0
  let size = 2
  let differs: Bool

  init(differs: Bool) { self.differs = differs }

  private struct NothingPending: Error {}

  func barrier() throws {}
  func broadcast(_ buffer: UnsafeMutableRawBufferPointer, root: Int) throws {}
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Float>, _: ReduceOperation) throws {}
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Double>, _: ReduceOperation) throws {}

  /// The peer's hash, and its complement, are one more and one less than ours.
  func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Int64>, _ operation: ReduceOperation
  ) throws {
    if differs, operation == .max, buffer.count == 2 { buffer[0] &+= 1 }
  }

  func startAllReduce(_ buffer: UnsafeMutableBufferPointer<Float>) throws -> ReductionRequest {
    SoloCommunicator().startAllReduce(buffer)
  }

  func gather(
    _ part: UnsafeRawBufferPointer, counts: [Int], into: UnsafeMutableRawBufferPointer?, root: Int
  ) throws {
    guard let into else { return }
    into.copyMemory(from: part)
    into.storeBytes(of: 1, toByteOffset: part.count, as: Int64.self)
  }

  func scatter(
    _: UnsafeRawBufferPointer?, counts _: [Int], into _: UnsafeMutableRawBufferPointer, root _: Int
  ) throws { throw NothingPending() }

  func allToAll(
    _: UnsafeRawBufferPointer, sendCounts _: [Int], into _: UnsafeMutableRawBufferPointer,
    receiveCounts _: [Int]
  ) throws { throw NothingPending() }

  func send(_: UnsafeRawBufferPointer, to _: Int, tag _: Int) throws { throw NothingPending() }
  func receive(into _: UnsafeMutableRawBufferPointer, from _: Int, tag _: Int) throws {
    throw NothingPending()
  }
  func sender(tag: Int) throws -> Int? { nil }

  func splitByHost() throws -> any Communicator { SoloCommunicator() }
  func split(colour: Int) throws -> (any Communicator)? { SoloCommunicator() }
  func abort(_ code: Int32) -> Never { preconditionFailure("aborted with \(code)") }
}

@Suite struct WeightCheckTests {
  private func train(_ world: TwoRanks) throws -> TrainingOutcome {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: 60) }
    let net = try PeakNet(architecture: .neatMS(), maxBatch: 64)
    net.initializeGlorotUniform(seed: 0)
    let options = TrainingOptions()
    return try DistTrainer(
      world: world, net: net,
      optimizer: Optimizer(options.optimizerConfiguration, count: net.layout.count),
      dataset: dataset, options: options
    ).run(epochs: 1)
  }

  @Test func ranksWithTheSameWeightsGoOn() throws {
    #expect(try train(TwoRanks(differs: false)) == .completed)
  }

  @Test func otherWeightsOnARankStopTheRunAndAreTold() throws {
    let error = #expect(throws: AgreedFailure.self) { try train(TwoRanks(differs: true)) }
    let failure = try #require(error?.failure)
    #expect(failure.code == .internalError)
    #expect(failure.description.contains("weights differ"))
    #expect(failure.description.contains("others on rank 1"))
  }
}
