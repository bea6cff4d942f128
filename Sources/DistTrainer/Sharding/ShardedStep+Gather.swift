import Collectives
import Model
import Support

extension ShardedStep {
  /// This rank's rows of the kernel, in the flat order: in the order in which copies hold them.
  var ownKernel: [Range<Int>] { owned(by: lanes.rank) }

  private func owned(by rank: Int) -> [Range<Int>] { lanes.rows(ownedBy: rank).map(flat) }

  /// Everyone's rows to everyone.
  static func kernelMessages(
    _ world: any Communicator, _ weights: AlignedBuffer, owned: (Int) -> [Range<Int>]
  ) throws -> any MessagePlan {
    guard world.size > 1, let apart = try world.split(colour: 0) else {
      return try SoloCommunicator().plan([])
    }
    let peers = (0..<world.size).filter { $0 != world.rank }
    func messages(_ direction: PlannedMessage.Direction, of rank: Int, peer: Int)
      -> [PlannedMessage]
    {
      owned(rank).enumerated().map { index, rows in
        PlannedMessage(direction, peer: peer, tag: index, bytes: raw(weights, rows))
      }
    }
    return try apart.plan(
      peers.flatMap { messages(.receive, of: $0, peer: $0) }
        + peers.flatMap { messages(.send, of: world.rank, peer: $0) })
  }

  /// Collective. Makes the kernel whole on every rank.
  /// - Returns: the L2 term of the weights.
  func gatherKernel() throws -> Double {
    if kernel.trainable && world.size > 1 {
      let peers = (0..<world.size).filter { $0 != world.rank }
      let count = peers.reduce(0) { $0 + owned(by: $1).count + ownRows.count }
      let messages = 0..<count
      try kernelPlan.start(messages)
      try kernelPlan.wait(messages)
    }
    return net.regularizationLoss()
  }

  /// Collective. Makes the optimizer's state whole on rank 0.
  func gatherSlots() throws {
    for slot in optimizer.slots { try gather(slot, isPacked: false) }
  }

  /// Collective. The same of a copy, of which other ranks have their own rows.
  func gatherSlots(of copy: ModelCopy) throws {
    for slot in copy.slots { try gather(slot, isPacked: world.rank != 0) }
  }

  /// - Parameter isPacked: whether the slot holds this rank's rows alone, one after another.
  private func gather(_ slot: AlignedBuffer, isPacked: Bool) throws {
    guard kernel.trainable, world.size > 1 else { return }
    let counts = (0..<world.size).map { rank in owned(by: rank).reduce(0) { $0 + $1.count } }
    let part = isPacked ? slot : Self.packed(slot, ownKernel)
    let all = AlignedBuffer(count: world.rank == 0 ? kernel.count : 0)
    try world.gather(
      UnsafeRawBufferPointer(part.all), counts: counts.map { $0 * MemoryLayout<Float>.stride },
      into: world.rank == 0 ? Self.raw(all, 0..<all.count) : nil, root: 0)
    guard world.rank == 0 else { return }
    var first = 0
    for rows in (0..<world.size).flatMap(owned(by:)) {
      _ = slot[rows].update(fromContentsOf: all[first..<(first + rows.count)])
      first += rows.count
    }
  }

  private static func packed(_ buffer: AlignedBuffer, _ ranges: [Range<Int>]) -> AlignedBuffer {
    let packed = AlignedBuffer(count: ranges.reduce(0) { $0 + $1.count })
    var next = packed.pointer
    for range in ranges {
      next.update(from: buffer.pointer + range.lowerBound, count: range.count)
      next += range.count
    }
    return packed
  }

  private static func raw(
    _ buffer: AlignedBuffer, _ range: Range<Int>
  ) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(buffer[range])
  }
}

extension DistTrainer {
  /// Peaks of the test set that are evaluated together, whatever the number of ranks.
  private static let evaluationChunk = 64

  /// The test set in chunks of a fixed size, added in their order: the same bits on any number of
  /// ranks.
  func evaluateInChunks() throws -> MetricSums {
    let chunk = Self.evaluationChunk
    let chunks = (dataset.testCount + chunk - 1) / chunk
    var values = [Double](repeating: 0, count: 4 * chunks)
    for index in shard(chunks, rank: world.rank, of: world.size) {
      let sums = evaluate(index * chunk..<min((index + 1) * chunk, dataset.testCount))
      values.replaceSubrange(
        4 * index..<4 * index + 4,
        with: [sums.count, sums.loss, sums.correct, sums.absoluteError])
    }
    // Every number comes from one rank; the others add zeros.
    try values.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
    var sums = MetricSums()
    for index in 0..<chunks {
      sums.count += values[4 * index]
      sums.loss += values[4 * index + 1]
      sums.correct += values[4 * index + 2]
      sums.absoluteError += values[4 * index + 3]
    }
    return sums
  }

  private func evaluate(_ peaks: Range<Int>) -> MetricSums {
    let labels = dataset.labels(.test) + peaks.lowerBound
    if let cache = featureCache {
      let features = cache.features(.test) + peaks.lowerBound * net.featureCount
      return net.evaluate(features: features, labels: labels, count: peaks.count)
    }
    let matrices = dataset.matrices(.test) + peaks.lowerBound * net.architecture.input.count
    return net.evaluate(matrices, labels: labels, count: peaks.count)
  }
}
