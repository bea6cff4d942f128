import Collectives
import Model
import PeakData
import Support

/// A training step with the classifier's first Dense layer split over the ranks.
///
/// The conv base is data-parallel over lanes of samples, or of strips of them; the Dense kernel is cut into
/// blocks of rows, each with its optimizer state owned by one rank (`Lanes`). Features go from the samples' owners to
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
  /// This rank's rows of the kernel.
  let ownRows: [Range<Int>]
  /// The input of the conv base: of a batch, or of its pieces.
  let inputs: UnsafeMutablePointer<Float>
  private let pieces: AlignedBuffer?
  let kernel: ParameterTensor
  let buffers: StepBuffers
  private let seed: UInt64
  let wire: Wire
  private let classWeights: [Float]?

  /// Sums of the first Dense layer's products, with two numbers at the end: the L2 term of a block of
  /// rows, and a count of ranks that were asked to stop.
  let products: FixedSum
  let productCount: Int
  /// Sums of the conv base's gradients.
  let convGradients: FixedSum
  private let exchanges: StepExchanges
  /// By size of a batch: all of its samples, as one chunk.
  let whole: [Int: [[Range<Int>]]]
  /// The messages of `gatherKernel`.
  let kernelPlan: any MessagePlan
  var trace: StepTrace?

  /// What every rank updates alike.
  let common: [(range: Range<Int>, l2: Float)]
  /// Of the kernel.
  let l2: Float
  /// The L2 terms of the current weights: of the frozen kernels, of `common`, and of each own block.
  var frozenPenalty = 0.0
  var commonPenalty = 0.0
  var blockPenalties: [Double]
  /// The rows that are updated together, and the own block (counted from the first own one) they are of.
  let tiles: [(block: Int, rows: Range<Int>)]
  /// In this step: how many of them this rank is to make and to update, and how many it has.
  var updates = 0
  var updated = 0
  /// Where ranks of one host make tiles for each other.
  private var sharedTiles: SharedTiles?
  /// Whether they do in this step: kept features are not in memory that all share.
  private var helps = false
  var helpers: SharedTiles? { helps ? sharedTiles : nil }
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
    let plan = net.featuresAreFixed ? nil : Lanes.strips(net.architecture, lanes: count)
    if let plan { net.cutBase(plan, capacity: largest) }
    pieces = net.strips.map { strips in
      AlignedBuffer(count: strips.layout.pieceCount * strips.inputCount)
    }
    inputs = pieces?.pointer ?? buffers.matrices.pointer
    let lanes = Lanes(
      count: count, rank: world.rank, ranks: world.size, inputs: kernel.shape[0],
      plan: net.strips == nil ? nil : plan)
    self.lanes = lanes
    ownRows = lanes.rows(ownedBy: world.rank)
    productCount = largest * kernel.shape[1]
    common = Self.without(kernel.range, net.l2Segments)
    l2 = net.architecture.layers[kernel.layerIndex].l2
    blockPenalties = lanes.own.map { _ in 0 }
    let batches = [largest, dataset.trainCount % options.batchSize]
    whole = Dictionary(batches.map { ($0, [[0..<$0]]) }) { first, _ in first }
    exchanges = try StepExchanges(
      world: world, net: net, lanes: lanes, wire: wire, batches: batches.filter { $0 > 0 },
      productCount: productCount + 2)
    kernelPlan = try Self.kernelMessages(world, net.weights) { rank in
      lanes.rows(ownedBy: rank).map(kernel.flat)
    }
    products = exchanges.products
    convGradients = exchanges.convGradients
    tiles = lanes.own.enumerated().flatMap { block, lane in
      Self.tiles(of: lanes.rows(of: lane), units: kernel.shape[1]).map { (block, $0) }
    }
    tile = AlignedBuffer(count: max(Self.tileFloats, kernel.shape[1]))
    if let host = exchanges.host, kernel.trainable {
      let rows = (0..<world.size).map { rank in
        lanes.owned(by: rank).flatMap { Self.tiles(of: lanes.rows(of: $0), units: kernel.shape[1]) }
      }
      sharedTiles = try SharedTiles.make(
        rows, units: kernel.shape[1], rank: world.rank, on: host)
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
    helps = features == nil && sharedTiles != nil
    if helps { sharedTiles?.begin() }
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
    outcome.isFinite = outcome.metrics.loss.isFinite
    guard outcome.isFinite else { return outcome }
    try backward(batch, exchange, count)
    return outcome
  }
}

extension ParameterTensor {
  /// Where these rows of a kernel are in the flat buffer.
  fileprivate func flat(_ rows: Range<Int>) -> Range<Int> {
    (offset + rows.lowerBound * shape[1])..<(offset + rows.upperBound * shape[1])
  }
}
