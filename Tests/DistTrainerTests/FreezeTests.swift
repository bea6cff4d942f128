import Collectives
import DistTrainer
import Model
import PeakData
import Support
import Testing

/// Frozen layers cost nothing and stay what they are.
@Suite struct FreezeTests {
  /// A trainer of NeatMS's network on simulated peaks.
  private func trainer(
    _ layers: LayerChoice, on world: any Communicator = SoloCommunicator(),
    cache: FeatureCacheLimit = .automatic, batch: Int = 32, peaks: Int = 130
  ) throws -> DistTrainer {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks) }
    let capacity = DistTrainer.shardCapacity(batch: batch, ranks: world.size)
    let net = try PeakNet(architecture: layers.applied(to: .neatMS()), maxBatch: capacity)
    net.initializeGlorotUniform(seed: 3)
    var options = TrainingOptions()
    options.batchSize = batch
    options.learningRate = 0.001
    let trainer = try DistTrainer(
      world: world, net: net,
      optimizer: Optimizer(options.optimizerConfiguration, count: net.layout.count),
      dataset: dataset, options: options)
    trainer.featurePlan.limit = cache
    return trainer
  }

  /// What is summed over the ranks in each of the 4 steps of an epoch (104 peaks, batches of 32).
  /// 16 floats besides the gradients: the step's sums. The parameters are NeatMS's documentation's:
  /// conv2d_1 832, conv2d_2 18,496, dense_1 983,168, dense_prediction 387.
  @Test(arguments: [
    ("none", [16 + 19_328], [983_555]),
    ("conv-base", [16 + 983_555], []),
    ("conv2d_1", [16 + 18_496], [983_555]),
    ("conv2d_2", [16 + 832], [983_555]),
    ("dense_1", [16 + 19_328], [387]),
    ("classifier", [16 + 19_328], []),
    ("conv-base,dense_1", [16 + 387], []),
    ("conv2d_1,dense_1", [16 + 18_496], [387]),
    ("conv2d_2,dense_prediction", [16 + 832], [983_168]),
  ])
  func nothingIsSentForFrozenLayers(list: String, sums: [Int], started: [Int]) throws {
    let world = TwoRanks(differs: false)
    let trainer = try trainer(LayerChoice(freeze: list), on: world)
    _ = try trainer.run(epochs: 1)
    #expect(trainer.optimizer.step == 4)
    #expect(world.sums == [[Int]](repeating: sums, count: 4).flatMap { $0 })
    #expect(world.startedSums == [[Int]](repeating: started, count: 4).flatMap { $0 })
  }

  /// Frozen weights keep their bits and have no moments; all others move.
  @Test(arguments: [
    "conv-base", "conv2d_1", "conv2d_2", "dense_1", "classifier", "conv2d_1,dense_prediction",
  ])
  func frozenWeightsStay(list: String) throws {
    let trainer = try trainer(LayerChoice(freeze: list))
    let frozen = try LayerSelection(list, option: "--freeze", of: trainer.net.architecture).names
    let before = Array(trainer.net.weights.all)
    _ = try trainer.run(epochs: 2)
    for tensor in trainer.net.layout.tensors {
      let now = Array(trainer.net.weights[tensor.range])
      let isFrozen = frozen.contains(tensor.layer)
      #expect((now == Array(before[tensor.range])) == isFrozen, "\(tensor.kerasName)")
      for slot in trainer.optimizer.slots {
        #expect(slot[tensor.range].allSatisfy { $0 == 0 } == isFrozen, "\(tensor.kerasName)")
      }
    }
  }

  /// The kept output of a frozen conv base changes no bit of the weights, moments and metrics,
  /// whatever the batches: 104 peaks make 3 batches and 8 peaks more of 32, 14 and 6 more of 7.
  @Test(arguments: [32, 7, 1, 50, 104])
  func keptFeaturesGiveTheSameBits(batch: Int) throws {
    var said: [String] = []
    let kept = try trainer(LayerChoice(freeze: "conv-base"), batch: batch)
    kept.featurePlan.tell = { said.append($0) }
    let anew = try trainer(LayerChoice(freeze: "conv-base"), cache: .off, batch: batch)
    for trainer in [kept, anew] { _ = try trainer.run(epochs: 2) }
    // 130 - 13 (validation) peaks of 7,680 floats.
    #expect(said == ["the frozen conv base's output is kept in memory: 4 MB a host"])
    #expect(try kept.capture().model == anew.capture().model)
    for (first, second) in zip(kept.history, anew.history) {
      #expect(first.loss == second.loss && first.valLoss == second.valLoss)
      #expect(first.mae == second.mae && first.valAccuracy == second.valAccuracy)
    }
    #expect(kept.history.count == 2)
  }

  @Test func featuresThatDoNotFitAreNotKept() throws {
    var said: [String] = []
    let trainer = try trainer(LayerChoice(freeze: "conv-base"), cache: .megabytes(3))
    trainer.featurePlan.tell = { said.append($0) }
    _ = try trainer.run(epochs: 1)
    #expect(said.count == 1)
    #expect(said.first?.contains("not kept") == true)
    #expect(said.first?.contains("--feature-cache allows 3 MB") == true)
  }

  /// Keras adds a frozen kernel's L2 term to the loss and does not train on it.
  @Test func theLossHoldsFrozenKernelsToo() throws {
    let trainer = try trainer(LayerChoice(freeze: "dense_1"))
    let kernel = try #require(trainer.net.layout.tensor("dense_1", "kernel"))
    let squares = trainer.net.weights[kernel.range].reduce(0) { $0 + Double($1) * Double($1) }
    _ = try trainer.run(epochs: 1)
    let record = try #require(trainer.history.first)
    let test = try #require(record.valLoss)
    #expect(abs(trainer.net.regularizationLoss() - 0.001 * squares) < 1e-6)
    // The cross-entropy of three classes near the start is about log 3.
    #expect(test > 0.001 * squares && test < 0.001 * squares + 2)
  }
}
