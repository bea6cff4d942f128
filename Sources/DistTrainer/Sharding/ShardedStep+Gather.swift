import Collectives
import Model
import Support

extension ShardedStep {
  /// This rank's rows of the kernel, in the flat order.
  var ownKernel: Range<Int> { owned(by: lanes.rank) }

  private func owned(by rank: Int) -> Range<Int> {
    flat(lanes.rows(ownedBy: rank, inputs: kernel.shape[0]))
  }

  /// Everyone's rows to everyone.
  static func kernelMessages(
    _ world: any Communicator, _ weights: AlignedBuffer, owned: (Int) -> Range<Int>
  ) throws -> any MessagePlan {
    guard world.size > 1, let apart = try world.split(colour: 0) else {
      return try SoloCommunicator().plan([])
    }
    let peers = (0..<world.size).filter { $0 != world.rank }
    let own = raw(weights, owned(world.rank))
    return try apart.plan(
      peers.map { PlannedMessage(.receive, peer: $0, tag: 0, bytes: raw(weights, owned($0))) }
        + peers.map { PlannedMessage(.send, peer: $0, tag: 0, bytes: own) })
  }

  /// Collective. Makes the kernel whole on every rank.
  /// - Returns: the L2 term of the weights.
  func gatherKernel() throws -> Double {
    if kernel.trainable && world.size > 1 {
      let messages = 0..<(2 * (world.size - 1))
      try kernelPlan.start(messages)
      try kernelPlan.wait(messages)
    }
    return net.regularizationLoss()
  }

  /// Collective. Makes the optimizer's state whole on rank 0.
  func gatherSlots() throws {
    try gather(optimizer.slots.map { Self.raw($0, ownKernel) }, into: optimizer.slots)
  }

  /// Collective. The same of a copy, of which other ranks have their own rows.
  func gatherSlots(of copy: ModelCopy) throws {
    let parts = copy.slots.map { slot in
      Self.raw(slot, world.rank == 0 ? ownKernel : 0..<slot.count)
    }
    try gather(parts, into: copy.slots)
  }

  private func gather(
    _ parts: [UnsafeMutableRawBufferPointer], into slots: [AlignedBuffer]
  ) throws {
    guard kernel.trainable, world.size > 1 else { return }
    let counts = (0..<world.size).map { owned(by: $0).count * MemoryLayout<Float>.stride }
    for (part, slot) in zip(parts, slots) {
      try world.gather(
        UnsafeRawBufferPointer(part), counts: counts,
        into: world.rank == 0 ? Self.raw(slot, kernel.range) : nil, root: 0)
    }
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
