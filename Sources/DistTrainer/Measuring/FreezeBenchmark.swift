import Collectives
import Foundation
import Model
import PeakData
import Support

/// Times training steps with frozen layers beside ones that train everything, in turns within one
/// run: a shared machine's speed swings too much between two.
public enum FreezeBenchmark {
  public struct Result: Sendable {
    /// Everything is trained.
    public var all: StepBenchmark.Result
    /// Layers are frozen, and a frozen conv base's output is kept.
    public var frozen: StepBenchmark.Result
    /// Layers are frozen, and a frozen conv base's output is computed in every step.
    public var recomputed: StepBenchmark.Result
    /// `frozen` and `recomputed` against `all`: medians of the rounds' ratios.
    public var ratio: Double
    public var recomputedRatio: Double
  }

  /// Collective. An epoch of warm-up for each, then rounds of an epoch each until `seconds` have
  /// passed.
  /// - Throws: `Failure(.usage)` for layers that the network does not have.
  public static func run(
    world: any Communicator, batch: Int, seconds: Double, layers: LayerChoice,
    mode: ParallelMode = .data, lanes: Int? = nil, peaks: Int = 4000
  ) throws -> Result {
    let dataset = try SharedDataset(on: world) { DemoSet(peaks: peaks) }
    let kinds: [(LayerChoice, FeatureCacheLimit)] = [
      (LayerChoice(), .off), (layers, .automatic), (layers, .off),
    ]
    let contenders = try kinds.map { layers, limit in
      let trainer = try StepBenchmark.trainer(
        world: world, dataset: dataset, batch: batch, layers: layers, mode: mode, lanes: lanes)
      trainer.featurePlan.limit = limit
      _ = try trainer.keepFeatures()
      return trainer
    }
    for trainer in contenders { _ = try trainer.trainEpoch(of: 1) }
    var rounds: [[Double]] = []
    var goesOn: Int64 = 1
    let start = Date()
    while goesOn == 1 {
      rounds.append(try contenders.map { try $0.epochSeconds() })
      goesOn = Date().timeIntervalSince(start) < seconds ? 1 : 0
      try withUnsafeMutableBytes(of: &goesOn) { try world.broadcast($0, root: 0) }
    }
    return summary(rounds, samples: Double(dataset.trainCount))
  }

  /// - Parameter rounds: the seconds of an epoch of each contender, round by round.
  private static func summary(_ rounds: [[Double]], samples: Double) -> Result {
    func result(_ index: Int) -> StepBenchmark.Result {
      let seconds = rounds.map { $0[index] }
      return StepBenchmark.Result(
        samplesPerSecond: samples * Double(rounds.count) / seconds.reduce(0, +),
        bestSamplesPerSecond: samples / (seconds.min() ?? .infinity), epochs: rounds.count)
    }
    func ratio(_ index: Int) -> Double {
      let ratios = rounds.map { $0[0] / $0[index] }.sorted()
      return (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
    }
    return Result(
      all: result(0), frozen: result(1), recomputed: result(2), ratio: ratio(1),
      recomputedRatio: ratio(2))
  }
}

extension DistTrainer {
  /// Trains the first epoch once more, and says how long it took.
  fileprivate func epochSeconds() throws -> Double {
    guard let sums = try trainEpoch(of: 1) else {
      throw Failure(.interrupted, "interrupted")
    }
    return sums.seconds
  }
}
