import Collectives
import Foundation
import Model
import PeakData
import Support

/// How a run ended.
public enum TrainingOutcome: Sendable, Equatable {
  /// Every epoch was trained.
  case completed
  /// A callback ended it, and why.
  case stopped(String)
  /// A signal ended it; the state of the last completed epoch is saved.
  case interrupted
}

/// Trains one network data-parallel over the ranks of a communicator.
///
/// Every rank holds the weights. Each step shards the global batch over the ranks, adds the
/// gradients of the mean loss over the whole batch by all-reduce, and applies the same update
/// everywhere; so the number of ranks changes nothing but speed (and the order of additions).
public final class DistTrainer: TrainingControl {
  let world: any Communicator
  public let net: PeakNet
  public let optimizer: Optimizer
  let dataset: SharedDataset
  let options: TrainingOptions
  let classWeights: [Float]?
  /// On rank 0; empty elsewhere.
  var callbacks: [any TrainingCallback] = []
  var best: BestModel?

  public internal(set) var history: [EpochRecord] = []
  /// Epochs completed.
  public internal(set) var epoch = 0
  public internal(set) var stopReason: String?

  /// When the first step of this run was done.
  public internal(set) var firstStep: Date?

  var order: EpochOrder
  let step: StepBuffers
  /// Of the runs `step.early`.
  let reductions: [RunReduction]
  /// The L2 term of the loss at the current weights.
  var penalty = 0.0
  /// The part of it that no step changes: the frozen kernels'.
  var frozenPenalty = 0.0
  /// What the optimizer works on: `PeakNet.l2Segments`.
  let segments: [(range: Range<Int>, l2: Float)]
  /// The frozen conv base's output of every peak, where it is kept.
  var featureCache: FeatureCache?
  /// Whether to keep it, and whom to tell.
  public var featurePlan = FeaturePlan()
  /// When the parts of steps begin and end, where that is asked for.
  var trace: StepTrace? {
    didSet { sharded?.trace = trace }
  }
  /// Whether the all-reduce of the classifier's gradients runs beside the conv base's backward pass; not so
  /// only to show what that saves.
  var overlaps = true
  /// What computes the steps where the classifier is sharded.
  let sharded: ShardedStep?
  /// The model at the start of the epoch, to go back to when the epoch cannot be finished.
  private let rollback: ModelCopy
  /// The model of the best epoch so far; nil before there is one, and where rank 0 read it from a file.
  var bestModel: ModelCopy?
  /// Whether rank 0 has all of it.
  var bestIsWhole = true
  var decisions = EpochDecisions()

  /// Collective: weights and optimizer state are broadcast from rank 0's `net` and `optimizer`.
  ///
  /// - Parameters:
  ///   - net: its `maxBatch` at least `shardCapacity`, or the whole batch where `parallel` is
  ///     sharded.
  public init(
    world: any Communicator, net: PeakNet, optimizer: Optimizer, dataset: SharedDataset,
    options: TrainingOptions, parallel: Parallel = .data
  ) throws {
    self.world = world
    self.net = net
    self.optimizer = optimizer
    self.dataset = dataset
    self.options = options
    classWeights = try ClassWeights.parse(
      options.classWeight, classes: dataset.header.classes, labels: dataset.labels(.train),
      count: dataset.trainCount)
    order = EpochOrder(
      count: dataset.trainCount, seed: options.seed, shuffle: options.shuffle)
    segments = net.l2Segments
    let batch = options.largestStep(of: dataset.trainCount)
    if case .sharded(let lanes) = parallel {
      step = StepBuffers(net: net, batch: batch, ranks: 1)
      sharded = try ShardedStep(
        world: world, net: net, optimizer: optimizer, dataset: dataset, buffers: step,
        lanes: lanes, options: options, classWeights: classWeights)
    } else {
      step = StepBuffers(net: net, batch: batch, ranks: world.size)
      sharded = nil
    }
    reductions = step.early.map { _ in RunReduction() }
    rollback = Self.copy(world, net, optimizer, sharded)
    try broadcastModel()
  }

  /// The most samples that one rank gets of a batch.
  public static func shardCapacity(batch: Int, ranks: Int) -> Int { (batch + ranks - 1) / ranks }

  private func broadcastModel() throws {
    try world.broadcast(UnsafeMutableRawBufferPointer(net.weights.all), root: 0)
    for slot in optimizer.slots {
      try world.broadcast(UnsafeMutableRawBufferPointer(slot.all), root: 0)
    }
    var counters = [Int64(optimizer.step), Int64(optimizer.learningRate.bitPattern)]
    try counters.withUnsafeMutableBytes { try world.broadcast($0, root: 0) }
    optimizer.setStep(Int(counters[0]))
    optimizer.learningRate = Float(bitPattern: UInt32(counters[1]))
    penalty = net.regularizationLoss()
    frozenPenalty = net.frozenRegularizationLoss()
    sharded?.weightsChanged()
  }

  /// Trains until `epochs` epochs are completed.
  ///
  /// - Throws: `Failure` of a callback or collective; `.badData` where the loss is not a number.
  ///   On every rank alike, after rank 0 has saved the last good state.
  public func run(epochs: Int) throws -> TrainingOutcome {
    try onRankZero { for callback in callbacks { try callback.trainingBegan(self) } }
    guard try epoch >= epochs || keepFeatures() else {
      rollback.save(net, optimizer)
      try saveRolledBack()
      return .interrupted
    }
    while epoch < epochs {
      rollback.save(net, optimizer)
      do {
        guard let sums = try trainEpoch(of: epochs) else {
          try saveRolledBack()
          return .interrupted
        }
        try endEpoch(sums)
      } catch let divergence as Divergence {
        try saveRolledBack()
        throw AgreedFailure(divergence.failure)
      }
      if let stopReason {
        try saveState { try $0.trainingEnded(self) }
        return .stopped(stopReason)
      }
    }
    try saveState { try $0.trainingEnded(self) }
    return .completed
  }

  /// Goes back to the end of the last completed epoch and lets the callbacks save it.
  private func saveRolledBack() throws {
    rollback.restore(net, optimizer)
    try saveState { try $0.trainingEnded(self) }
  }

  /// Runs `body` on rank 0; an error there is thrown on every rank.
  func onRankZero(_ body: () throws -> Void) throws {
    try world.agree { if world.rank == 0 { try body() } }
  }
}
