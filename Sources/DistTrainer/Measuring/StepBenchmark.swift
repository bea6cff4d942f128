import Collectives
import Foundation
import Model
import PeakData
import Support

/// Times training steps alone (no evaluation, no files) on simulated peaks, over all ranks.
public enum StepBenchmark {
  public struct Result: Sendable {
    /// Over the whole measured time.
    public var samplesPerSecond: Double
    /// Of the fastest epoch.
    public var bestSamplesPerSecond: Double
    public var epochs: Int
  }

  /// Collective. One epoch of warm-up, then whole epochs until `seconds` have passed.
  public static func run(
    world: any Communicator, batch: Int, seconds: Double, peaks: Int = 4000,
    mode: ParallelMode = .data, lanes: Int? = nil, wire: Wire = .fp32
  ) throws -> Result {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks) }
    let trainer = try trainer(
      world: world, dataset: dataset, batch: batch, mode: mode, lanes: lanes, wire: wire)
    _ = try trainer.trainEpoch(of: 1)
    return try measure(trainer, world: world, seconds: seconds)
  }

  /// Collective. Takes steps of a whole batch each, on the same peaks, for a profiler or a counter of
  /// instructions to watch.
  /// - Parameter stepEnded: called after each.
  public static func take(
    _ steps: Int, world: any Communicator, batch: Int, layers: LayerChoice = .init(),
    mode: ParallelMode = .data, lanes: Int? = nil, stepEnded: () -> Void = {}
  ) throws {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks(training: batch)) }
    let trainer = try trainer(
      world: world, dataset: dataset, batch: batch, layers: layers, mode: mode, lanes: lanes)
    trainer.order.begin(epoch: trainer.epoch)
    for _ in 0..<steps {
      _ = try trainer.trainStep(0..<batch)
      stepEnded()
    }
  }

  /// The peaks of a demo set that has so many for training: about four fifths of them are.
  static func peaks(training count: Int) -> Int {
    (count...).first { DemoSet(peaks: $0).count(.train) >= count } ?? count
  }

  /// NeatMS's network with NeatMS's settings, from scratch.
  static func trainer(
    world: any Communicator, dataset: SharedDataset, batch: Int, layers: LayerChoice = .init(),
    mode: ParallelMode = .data, lanes: Int? = nil, wire: Wire = .fp32
  ) throws -> DistTrainer {
    let network = Architecture.neatMS(
      matrixSize: dataset.header.matrixSize, classCount: dataset.header.classes.count)
    var options = TrainingOptions()
    options.batchSize = batch
    (options.parallel, options.lanes) = (mode, lanes)
    if mode != .data { options.wire = wire }
    let architecture = try layers.applied(to: network)
    let parallel = try ParallelChoice(
      options, architecture, peaks: dataset.trainCount, keepsFeatures: true, ranks: world.size,
      isOneHost: dataset.isOneHost
    ).parallel
    let net = try PeakNet(
      architecture: architecture,
      maxBatch: max(parallel.capacity(batch: batch, ranks: world.size), 64))
    net.initializeGlorotUniform(seed: 0)
    return try DistTrainer(
      world: world, net: net,
      optimizer: Optimizer(options.optimizerConfiguration, count: net.layout.count),
      dataset: dataset, options: options, parallel: parallel)
  }

  private static func measure(
    _ trainer: DistTrainer, world: any Communicator, seconds: Double
  ) throws -> Result {
    var (samples, total, best, epochs) = (0.0, 0.0, 0.0, 0)
    var goesOn: Int64 = 1
    while goesOn == 1 {
      guard let sums = try trainer.trainEpoch(of: 1) else { break }
      epochs += 1
      samples += sums.metrics.count
      total += sums.seconds
      best = max(best, sums.metrics.count / sums.seconds)
      goesOn = total < seconds ? 1 : 0
      try withUnsafeMutableBytes(of: &goesOn) { try world.broadcast($0, root: 0) }
    }
    return Result(samplesPerSecond: samples / total, bestSamplesPerSecond: best, epochs: epochs)
  }
}
