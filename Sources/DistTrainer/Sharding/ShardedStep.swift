import Collectives
import Model
import PeakData
import Support

/// A training step with the classifier's first Dense layer split over the ranks.
///
/// The conv base is data-parallel over lanes of samples; the Dense kernel is cut into blocks of rows,
/// each with its optimizer state owned by one rank (`Lanes`). Features go from the samples' owners to
/// the rows' owners and their gradient back (`FeatureExchange`); products and the conv base's gradients
/// are added in one order (`FixedSum`). What is above the first Dense layer is small, and computed by
/// every rank. No weight or gradient of the Dense kernel is sent in a step. All weights after a step
/// have the same bits on any number of ranks.
final class ShardedStep {
  let world: any Communicator
  let net: PeakNet
  let optimizer: Optimizer
  let dataset: SharedDataset
  let lanes: Lanes
  let kernel: ParameterTensor
  private let buffers: StepBuffers
  private let seed: UInt64
  private let classWeights: [Float]?

  /// Sums of the first Dense layer's products, with two numbers at the end: the L2 term of a block of
  /// rows, and a count of ranks that were asked to stop.
  let products: FixedSum
  private let productCount: Int
  /// Sums of the conv base's gradients.
  let convGradients: FixedSum
  /// For the whole batch, and for the last one of an epoch.
  private var exchanges: [Int: FeatureExchange] = [:]
  private let messages: any Communicator

  /// What every rank updates alike.
  private let common: [(range: Range<Int>, l2: Float)]
  /// Of the kernel.
  private let l2: Float
  /// The L2 terms of the current weights: of the frozen kernels, of `common`, and of each own block.
  private var frozenPenalty = 0.0
  private var commonPenalty = 0.0
  private var blockPenalties: [Double]

  /// Collective over `world`. `net` has a `shardedKernel`.
  init(
    world: any Communicator, net: PeakNet, optimizer: Optimizer, dataset: SharedDataset,
    buffers: StepBuffers, lanes count: Int, options: TrainingOptions, classWeights: [Float]?
  ) throws {
    guard let kernel = net.shardedKernel, count >= world.size,
      net.maxBatch >= options.batchSize, let messages = try world.split(colour: 0)
    else {
      throw Failure(.internalError, "a sharded step was asked for that cannot be")
    }
    self.world = world
    self.messages = messages
    self.net = net
    self.optimizer = optimizer
    self.dataset = dataset
    self.buffers = buffers
    self.kernel = kernel
    self.classWeights = classWeights
    seed = options.seed
    lanes = Lanes(count: count, rank: world.rank, ranks: world.size)
    productCount = options.batchSize * kernel.shape[1]
    products = try FixedSum(count: productCount + 2, lanes: lanes, on: messages)
    convGradients = try FixedSum(
      count: net.trainsConvBase ? net.convBaseRange.count : 0, lanes: lanes, on: messages)
    common = Self.without(kernel.range, net.l2Segments)
    l2 = net.architecture.layers[kernel.layerIndex].l2
    blockPenalties = lanes.own.map { _ in 0 }
    let last = dataset.trainCount % options.batchSize
    for batch in [min(options.batchSize, dataset.trainCount), last]
    where batch > 0 && exchanges[batch] == nil {
      exchanges[batch] = try FeatureExchange(
        batch: batch, row: net.featureCount, lanes: lanes, on: messages)
    }
  }

  /// The segments without what lies in `hole`.
  private static func without(
    _ hole: Range<Int>, _ segments: [(range: Range<Int>, l2: Float)]
  ) -> [(range: Range<Int>, l2: Float)] {
    segments.flatMap { segment in
      let range = segment.range
      let before = range.lowerBound..<max(min(range.upperBound, hole.lowerBound), range.lowerBound)
      let after = min(max(range.lowerBound, hole.upperBound), range.upperBound)..<range.upperBound
      return [before, after].filter { !$0.isEmpty }.map { ($0, segment.l2) }
    }
  }

  func rows(of block: Int) -> Range<Int> { lanes.rows(of: block, inputs: kernel.shape[0]) }

  /// A block's place in the flat buffer.
  func range(of block: Int) -> Range<Int> { flat(rows(of: block)) }

  /// Where these rows of the kernel are in the flat buffer.
  func flat(_ rows: Range<Int>) -> Range<Int> {
    (kernel.offset + rows.lowerBound * kernel.shape[1])..<(kernel.offset + rows.upperBound
      * kernel.shape[1])
  }

  /// To be called when the weights were set from outside.
  func weightsChanged() {
    frozenPenalty = net.frozenRegularizationLoss()
    commonPenalty = common.reduce(0) { $0 + net.regularizationLoss(of: $1.range, l2: $1.l2) }
    guard kernel.trainable else { return }
    for (index, block) in lanes.own.enumerated() {
      blockPenalties[index] = net.regularizationLoss(of: range(of: block), l2: l2)
    }
  }

  /// One step over the samples at `positions` of the epoch's order.
  func run(
    _ positions: Range<Int>, epoch: Int, order: [UInt32], features: FeatureCache?
  ) throws -> StepOutcome {
    let count = positions.count
    guard let exchange = exchanges[count] else {
      throw Failure(.internalError, "a batch of \(count) samples was not planned")
    }
    let context = StepContext(
      globalCount: count,
      dropout: DropoutKey(seed: seed, epoch: epoch, firstPosition: positions.lowerBound),
      classWeights: classWeights)
    if let features {
      keptFeatures(features, order, positions, context)
    } else {
      try computeFeatures(exchange, order, positions, context)
    }
    let labels = dataset.labels(.train)
    for index in 0..<count {
      buffers.labels[index] = labels[Int(order[positions.lowerBound + index])]
    }
    var outcome = try addProducts(count)
    outcome.metrics = net.finishStep(
      labels: buffers.labels, count: count, context: context, gradients: buffers.gradients)
    guard outcome.metrics.loss.isFinite else { return outcome }
    try backward(exchange, count)
    return outcome
  }

  /// The conv base over the own lanes, and the other lanes' features in the own rows' columns.
  private func computeFeatures(
    _ exchange: FeatureExchange, _ order: [UInt32], _ positions: Range<Int>,
    _ context: StepContext
  ) throws {
    try exchange.beginForward()
    net.prepareStep()
    let floats = net.architecture.input.count
    let matrices = dataset.matrices(.train)
    for (index, lane) in lanes.own.enumerated() {
      let samples = lanes.samples(of: lane, batch: positions.count)
      for place in samples {
        (buffers.matrices.pointer + place * floats).update(
          from: matrices + Int(order[positions.lowerBound + place]) * floats, count: floats)
      }
      net.forwardBase(
        buffers.matrices.pointer, samples: samples, dropout: context.key(of: samples))
      try exchange.sendForward(index, of: net.batchFeatures)
    }
    try exchange.finishForward(into: net.batchFeatures)
  }

  /// All samples' features from the cache, in the own rows' columns: nothing has to be sent.
  private func keptFeatures(
    _ cache: FeatureCache, _ order: [UInt32], _ positions: Range<Int>, _ context: StepContext
  ) {
    let floats = net.featureCount
    let features = cache.features(.train)
    let columns =
      net.dropsFeatures(context.dropout)
      ? 0..<floats : lanes.rows(ownedBy: lanes.rank, inputs: floats)
    for place in 0..<positions.count {
      let sample = Int(order[positions.lowerBound + place])
      (net.batchFeatures + place * floats + columns.lowerBound).update(
        from: features + sample * floats + columns.lowerBound, count: columns.count)
    }
    net.dropFeatures(samples: 0..<positions.count, dropout: context.dropout)
  }

  /// The first Dense layer's products over all rows, to `net.shardedOutput`.
  private func addProducts(_ count: Int) throws -> StepOutcome {
    for (index, block) in lanes.own.enumerated() {
      let part = products.next
      net.multiplyRows(rows(of: block), count: count, into: part)
      part[productCount] = Float(blockPenalties[index])
      part[productCount + 1] = index == 0 && Interruption.isRequested ? 1 : 0
      products.add()
    }
    let sum = try products.finish()
    net.shardedOutput?.update(from: sum, count: count * kernel.shape[1])
    var outcome = StepOutcome()
    outcome.penalty = frozenPenalty + commonPenalty + Double(sum[productCount])
    outcome.interruptions = Int(sum[productCount + 1])
    return outcome
  }

  /// From the gradient of the products to the new weights. The features' gradient is sent first; the
  /// kernel's gradient and update run meanwhile.
  private func backward(_ exchange: FeatureExchange, _ count: Int) throws {
    let gradients = buffers.gradients
    if net.trainsConvBase {
      try exchange.beginBackward()
      for block in lanes.own { net.backwardFeatures(rows(of: block), count: count) }
      try exchange.sendBackward(net.batchFeatureGradient)
    }
    optimizer.beginStep()
    if kernel.trainable {
      for (index, block) in lanes.own.enumerated() {
        net.backwardRows(rows(of: block), count: count, gradients: gradients)
        blockPenalties[index] = optimizer.update(
          weights: net.weights.pointer, gradients: gradients, range: range(of: block), l2: l2)
        if net.trainsConvBase { try exchange.progressBackward() }
      }
    }
    if net.trainsConvBase {
      try exchange.finishBackward(into: net.batchFeatureGradient)
      try addConvGradients(count)
    }
    commonPenalty = 0
    for segment in common {
      commonPenalty += optimizer.update(
        weights: net.weights.pointer, gradients: gradients, range: segment.range, l2: segment.l2)
    }
  }

  private func addConvGradients(_ count: Int) throws {
    for lane in lanes.own {
      try net.backwardBase(
        buffers.matrices.pointer, samples: lanes.samples(of: lane, batch: count), dropped: true,
        gradients: convGradients.next)
      convGradients.add()
    }
    buffers.gradients.update(from: try convGradients.finish(), count: convGradients.count)
  }
}

extension StepContext {
  /// The dropout key of some samples of the batch.
  fileprivate func key(of samples: Range<Int>) -> DropoutKey? {
    var key = dropout
    key?.firstPosition += samples.lowerBound
    return key
  }
}
