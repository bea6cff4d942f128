import Collectives
import Support

/// Rank 0 of two, whose peer contributes nothing to any sum and, where `differs`, holds other
/// weights. Counts the floats that sums are asked for.
final class TwoRanks: Communicator {
  let rank = 0
  let size = 2
  let differs: Bool
  /// The lengths of all sums of floats, in order: blocking ones, and those that were started.
  private(set) var sums: [Int] = []
  private(set) var startedSums: [Int] = []

  init(differs: Bool) { self.differs = differs }

  private struct NothingPending: Error {}

  func barrier() throws {}
  func broadcast(_ buffer: UnsafeMutableRawBufferPointer, root: Int) throws {}
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Float>, _: ReduceOperation) throws {
    sums.append(buffer.count)
  }
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Double>, _: ReduceOperation) throws {}

  /// The peer's hash, and its complement, are one more and one less than ours.
  func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Int64>, _ operation: ReduceOperation
  ) throws {
    if differs, operation == .max, buffer.count == 2 { buffer[0] &+= 1 }
  }

  func startAllReduce(_ buffer: UnsafeMutableBufferPointer<Float>) throws -> StartedOperation {
    startedSums.append(buffer.count)
    return SoloCommunicator().startAllReduce(buffer)
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
  func startSend(
    _: UnsafeRawBufferPointer, to _: Int, tag _: Int
  ) throws -> StartedOperation { throw NothingPending() }
  func startReceive(
    into _: UnsafeMutableRawBufferPointer, from _: Int, tag _: Int
  ) throws -> StartedOperation { throw NothingPending() }
  func plan(_: [PlannedMessage]) throws -> any MessagePlan { throw NothingPending() }
  func sender(tag: Int) throws -> Int? { nil }

  func splitByHost() throws -> any Communicator { SoloCommunicator() }
  func split(colour: Int) throws -> (any Communicator)? { SoloCommunicator() }
  func abort(_ code: Int32) -> Never { preconditionFailure("aborted with \(code)") }
}
