import Collectives
import DistTrainer
import Model
import PeakData
import Support
import Testing

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
