import Collectives
import Foundation
import Model
import PeakData
import Support

/// Seconds of a step's computing on one rank: `fixed` + `weights` + `sample` for each sample.
public struct ComputeCost: Sendable, Equatable {
  /// What every rank does whatever its share is.
  public var fixed: Double
  /// What goes with the first Dense layer's weights: reading and updating them.
  public var weights: Double
  public var sample: Double

  public init(fixed: Double, weights: Double, sample: Double) {
    self.fixed = fixed
    self.weights = weights
    self.sample = sample
  }

  /// Collective: measures steps of NeatMS's network on this rank alone, all ranks at the same time (they
  /// share caches and memory in a step as well), and takes the slowest rank's. The straight line
  /// through the times at small and large batches; its intercept belongs to the weights but for their
  /// small share that no rank can leave to others.
  public static func measured(
    _ world: any Communicator, mode: ParallelMode, seconds: Double
  ) throws -> ComputeCost {
    let sizes = StepSizes(Architecture.neatMS(matrixSize: 120, classCount: 3))
    let batches = [8, 32, 128]
    var times = try batches.map { batch in
      try StepBenchmark.stepSeconds(
        batch: batch, mode: mode, seconds: seconds / Double(batches.count))
    }
    try times.withUnsafeMutableBufferPointer { try world.allReduce($0, .max) }
    let line = Line(batches.map(Double.init), times)
    let intercept = max(line.intercept, 0)
    let common = (sizes.trained - sizes.features * (sizes.units ?? 0)) / sizes.trained
    return ComputeCost(
      fixed: intercept * common, weights: intercept * (1 - common), sample: max(line.slope, 1e-9))
  }
}

/// The line with the least relative squared error.
struct Line: Equatable {
  let slope: Double
  let intercept: Double

  /// - Parameter y: above 0, at two different x at least.
  init(_ x: [Double], _ y: [Double]) {
    var (w, wx, wy, wxx, wxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      let weight = 1 / (y * y)
      w += weight
      wx += weight * x
      wy += weight * y
      wxx += weight * x * x
      wxy += weight * x * y
    }
    slope = (w * wxy - wx * wy) / (w * wxx - wx * wx)
    intercept = (wy - slope * wx) / w
  }
}

extension StepBenchmark {
  /// Seconds of a step on this rank alone: of the median epoch.
  static func stepSeconds(batch: Int, mode: ParallelMode, seconds: Double) throws -> Double {
    let solo = SoloCommunicator()
    // Four fifths of the peaks are for training: an epoch is eight steps.
    let dataset = try SharedDataset(on: solo) { DemoSet(peaks: batch * 10) }
    let trainer = try trainer(world: solo, dataset: dataset, batch: batch, mode: mode)
    _ = try trainer.trainEpoch(of: 1)
    var times: [Double] = []
    var total = 0.0
    while total < seconds || times.count < 3 {
      guard let sums = try trainer.trainEpoch(of: 1) else { break }
      times.append(sums.seconds / (sums.metrics.count / Double(batch)))
      total += sums.seconds
    }
    return times.sorted()[times.count / 2]
  }
}
