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
  let buffers: StepBuffers
  private let seed: UInt64
  let wire: Wire
  private let classWeights: [Float]?

  /// Sums of the first Dense layer's products, with two numbers at the end: the L2 term of a block of
  /// rows, and a count of ranks that were asked to stop.
  private let products: FixedSum
  private let productCount: Int
  /// Sums of the conv base's gradients.
  let convGradients: FixedSum
  private let exchanges: StepExchanges
  /// By size of a batch: all of its samples, as one chunk.
  private let whole: [Int: [[Range<Int>]]]
  /// The messages of `gatherKernel`.
  let kernelPlan: any MessagePlan
  var trace: StepTrace?

  /// What every rank updates alike.
  let common: [(range: Range<Int>, l2: Float)]
  /// Of the kernel.
  let l2: Float
  /// The L2 terms of the current weights: of the frozen kernels, of `common`, and of each own block.
  private var frozenPenalty = 0.0
  var commonPenalty = 0.0
  var blockPenalties: [Double]
  /// The rows that are updated together, and the own block (counted from the first own one) they are of.
  let tiles: [(block: Int, rows: Range<Int>)]
  /// In this step: how many of them are to be updated, and are.
  var updates = 0
  var updated = 0
  /// The gradient in these, which the optimizer takes at once, from the L2 cache.
  let tile: AlignedBuffer
  /// Floats of it at the most.
  private static let tileFloats = 1 << 15

  /// Collective over `world`. `net` has a `shardedKernel`.
  init(
    world: any Communicator, net: PeakNet, optimizer: Optimizer, dataset: SharedDataset,
    buffers: StepBuffers, lanes count: Int, options: TrainingOptions, classWeights: [Float]?
  ) throws {
    let largest = options.largestStep(of: dataset.trainCount)
    guard let kernel = net.shardedKernel, count >= world.size, net.maxBatch >= largest else {
      throw Failure(.internalError, "a sharded step was asked for that cannot be")
    }
    self.world = world
    self.net = net
    self.optimizer = optimizer
    self.dataset = dataset
    self.buffers = buffers
    self.kernel = kernel
    self.classWeights = classWeights
    seed = options.seed
    wire = options.wire ?? .fp32
    lanes = Lanes(count: count, rank: world.rank, ranks: world.size)
    productCount = largest * kernel.shape[1]
    common = Self.without(kernel.range, net.l2Segments)
    l2 = net.architecture.layers[kernel.layerIndex].l2
    blockPenalties = lanes.own.map { _ in 0 }
    let batches = [largest, dataset.trainCount % options.batchSize]
    whole = Dictionary(batches.map { ($0, [[0..<$0]]) }) { first, _ in first }
    exchanges = try StepExchanges(
      world: world, net: net, lanes: lanes, wire: wire, batches: batches.filter { $0 > 0 },
      productCount: productCount + 2)
    kernelPlan = try Self.kernelMessages(world, net.weights) { [lanes] rank in
      kernel.flat(lanes.rows(ownedBy: rank, inputs: kernel.shape[0]))
    }
    products = exchanges.products
    convGradients = exchanges.convGradients
    tiles = lanes.own.enumerated().flatMap { [lanes] block, lane in
      Self.tiles(of: lanes.rows(of: lane, inputs: kernel.shape[0]), units: kernel.shape[1])
        .map { (block, $0) }
    }
    tile = AlignedBuffer(count: max(Self.tileFloats, kernel.shape[1]))
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

  /// The rows of a block cut into its tiles.
  private static func tiles(of rows: Range<Int>, units: Int) -> [Range<Int>] {
    let atOnce = max(tileFloats / units, 1)
    let count = (rows.count + atOnce - 1) / atOnce
    return (0..<count).map { index in
      let part = shard(rows.count, rank: index, of: count)
      return (rows.lowerBound + part.lowerBound)..<(rows.lowerBound + part.upperBound)
    }
  }

  /// Where these rows of the kernel are in the flat buffer.
  func flat(_ rows: Range<Int>) -> Range<Int> { kernel.flat(rows) }

  /// To be called when the weights were set from outside.
  func weightsChanged() {
    frozenPenalty = net.frozenRegularizationLoss()
    commonPenalty = common.reduce(0) { $0 + net.regularizationLoss(of: $1.range, l2: $1.l2) }
    guard kernel.trainable else { return }
    for index in blockPenalties.indices { blockPenalties[index] = 0 }
    for (block, rows) in tiles {
      blockPenalties[block] += net.regularizationLoss(of: flat(rows), l2: l2)
    }
  }

  /// One step over the samples at `positions` of the epoch's order.
  func run(
    _ positions: Range<Int>, epoch: Int, order: [UInt32], features: FeatureCache?
  ) throws -> StepOutcome {
    let count = positions.count
    guard let exchange = exchanges.features[count] else {
      throw Failure(.internalError, "a batch of \(count) samples was not planned")
    }
    let context = StepContext(
      globalCount: count,
      dropout: DropoutKey(seed: seed, epoch: epoch, firstPosition: positions.lowerBound),
      classWeights: classWeights)
    let batch = features == nil ? exchange.batch : net.ownBatchFeatures
    if let features {
      trace.part(StepPart.gather) { keptFeatures(features, order, positions, context) }
    } else {
      try trace.part(StepPart.convForward) {
        try computeFeatures(exchange, order, positions, context)
      }
    }
    let labels = dataset.labels(.train)
    for index in 0..<count {
      buffers.labels[index] = labels[Int(order[positions.lowerBound + index])]
    }
    var outcome = try addProducts(batch, count, features == nil ? exchange : nil)
    outcome.metrics = trace.part(StepPart.classifierRest) {
      net.finishStep(
        batch, labels: buffers.labels, count: count, context: context,
        gradients: buffers.gradients)
    }
    guard outcome.metrics.loss.isFinite else { return outcome }
    try backward(batch, exchange, count)
    return outcome
  }

  /// The conv base over the own lanes, whose features are on their way to the other ranks then.
  private func computeFeatures(
    _ exchange: any FeatureExchange, _ order: [UInt32], _ positions: Range<Int>,
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
        buffers.matrices.pointer, samples: samples, dropout: context.key(of: samples),
        into: exchange.batch)
      wire.roundFeatures(
        exchange.batch.values + samples.lowerBound * net.featureCount,
        count: samples.count * net.featureCount)
      try exchange.sendForward(index)
    }
  }

  /// All samples' features from the cache, in the own rows' columns: nothing has to be sent.
  private func keptFeatures(
    _ cache: FeatureCache, _ order: [UInt32], _ positions: Range<Int>, _ context: StepContext
  ) {
    let floats = net.featureCount
    let features = cache.features(.train)
    let batch = net.ownBatchFeatures
    let columns =
      net.dropsFeatures(context.dropout)
      ? 0..<floats : lanes.rows(ownedBy: lanes.rank, inputs: floats)
    for place in 0..<positions.count {
      let sample = Int(order[positions.lowerBound + place])
      (batch.values + place * floats + columns.lowerBound).update(
        from: features + sample * floats + columns.lowerBound, count: columns.count)
    }
    net.dropFeatures(of: batch, samples: 0..<positions.count, dropout: context.dropout)
    wire.round(batch.values, row: floats, rows: 0..<positions.count, columns: columns)
  }

  /// The first Dense layer's products over all rows, to `net.shardedOutput`.
  /// - Parameter exchange: that of the features; nil where they are all there.
  private func addProducts(
    _ batch: BatchFeatures, _ count: Int, _ exchange: (any FeatureExchange)?
  ) throws -> StepOutcome {
    for (index, samples) in (exchange?.chunks ?? all(of: count)).enumerated() {
      if let exchange {
        try trace.part(StepPart.featuresWait) { try exchange.takeFeatures(of: index) }
      }
      try multiplyRows(batch, samples, isFirst: index == 0, exchange)
    }
    let sum = try trace.part(StepPart.productsSum) {
      try products.begin()
      return try products.finish()
    }
    net.shardedOutput?.update(from: sum, count: count * kernel.shape[1])
    var outcome = StepOutcome()
    outcome.penalty = frozenPenalty + commonPenalty + Double(sum[productCount])
    outcome.interruptions = Int(sum[productCount + 1])
    return outcome
  }

  /// A batch as one chunk.
  func all(of count: Int) -> [[Range<Int>]] { whole[count] ?? [] }

  /// These samples' products with the own blocks, added up over them.
  /// - Parameter isFirst: then the numbers at the end go along.
  private func multiplyRows(
    _ batch: BatchFeatures, _ samples: [Range<Int>], isFirst: Bool,
    _ exchange: (any FeatureExchange)?
  ) throws {
    let units = kernel.shape[1]
    try trace.part(StepPart.rowsForward) {
      products.restart()
      for (index, block) in lanes.own.enumerated() {
        let part = products.next
        for run in samples {
          net.multiplyRows(rows(of: block), of: batch, samples: run, into: part)
        }
        if isFirst {
          part[productCount] = Float(blockPenalties[index])
          part[productCount + 1] = index == 0 && Interruption.isRequested ? 1 : 0
        }
        products.add(samples, of: units, and: isFirst ? productCount..<(productCount + 2) : 0..<0)
        try exchange?.progress()
      }
    }
  }
}

extension ParameterTensor {
  /// Where these rows of a kernel are in the flat buffer.
  fileprivate func flat(_ rows: Range<Int>) -> Range<Int> {
    (offset + rows.lowerBound * shape[1])..<(offset + rows.upperBound * shape[1])
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
