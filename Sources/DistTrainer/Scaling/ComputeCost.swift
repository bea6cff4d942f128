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

  /// Batches that are measured, and rounds at least.
  private static let batches = [8, 32, 128, 256]
  private static let leastRounds = 3

  /// Collective: measures steps of NeatMS's network on this rank alone, all ranks at the same time (they
  /// share caches and memory in a step as well), and takes the slowest rank's. Modes and batches take turns,
  /// an epoch of eight steps each, since a machine's speed swings; medians of the rounds.
  public static func measured(
    _ world: any Communicator, modes: [ParallelMode], seconds: Double
  ) throws -> [ComputeCost] {
    let contenders = try modes.map { mode in
      try batches.map { try EpochTimer(batch: $0, mode: mode) }
    }
    var total = 0.0
    for round in 0... {
      // The ranks go on or end together.
      var goesOn: Int64 = round < leastRounds || total < seconds ? 1 : 0
      try withUnsafeMutableBytes(of: &goesOn) { try world.broadcast($0, root: 0) }
      guard goesOn == 1 else { break }
      for contender in contenders.joined() { total += try contender.round() }
    }
    return try contenders.map { timers in
      var times = timers.map(\.median)
      try times.withUnsafeMutableBufferPointer { try world.allReduce($0, .max) }
      return ComputeCost(batches, times)
    }
  }

  /// The straight line through the seconds of steps at these batches; its intercept belongs to the weights
  /// but for their small share that no rank can leave to others.
  private init(_ batches: [Int], _ times: [Double]) {
    let sizes = StepSizes(Architecture.neatMS(matrixSize: 120, classCount: 3))
    let line = Line(batches.map(Double.init), times)
    let intercept = max(line.intercept, 0)
    let common = (sizes.trained - sizes.features * (sizes.units ?? 0)) / sizes.trained
    self.init(
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

/// Times epochs of eight steps on this rank alone.
private final class EpochTimer {
  private let trainer: DistTrainer
  private let batch: Int
  /// Seconds of a step, by epoch.
  private var times: [Double] = []

  init(batch: Int, mode: ParallelMode) throws {
    self.batch = batch
    let solo = SoloCommunicator()
    // Four fifths of the peaks are for training.
    let dataset = try SharedDataset(on: solo) { DemoSet(peaks: batch * 10) }
    trainer = try StepBenchmark.trainer(world: solo, dataset: dataset, batch: batch, mode: mode)
    _ = try trainer.trainEpoch(of: 1)
  }

  /// - Returns: seconds of the epoch.
  func round() throws -> Double {
    guard let sums = try trainer.trainEpoch(of: 1) else { return .infinity }
    times.append(sums.seconds / (sums.metrics.count / Double(batch)))
    return sums.seconds
  }

  var median: Double { times.isEmpty ? .infinity : times.sorted()[times.count / 2] }
}
