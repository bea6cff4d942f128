import Collectives
import Model
import Support

extension ShardedStep {
  /// Collective. Makes the model whole again: the kernel on every rank, its optimizer state on rank 0.
  /// - Returns: the L2 term of the weights.
  func gatherModel() throws -> Double {
    if kernel.trainable && world.size > 1 {
      let counts = (0..<world.size).map { rank in
        bytes(flat(lanes.rows(ownedBy: rank, inputs: kernel.shape[0])).count)
      }
      for buffer in [net.weights] + optimizer.slots { try gather(buffer, counts) }
      try world.broadcast(raw(net.weights, kernel.range), root: 0)
    }
    return net.regularizationLoss()
  }

  private func gather(_ buffer: AlignedBuffer, _ counts: [Int]) throws {
    let own = flat(lanes.rows(ownedBy: lanes.rank, inputs: kernel.shape[0]))
    try world.gather(
      UnsafeRawBufferPointer(raw(buffer, own)), counts: counts,
      into: world.rank == 0 ? raw(buffer, kernel.range) : nil, root: 0)
  }

  private func bytes(_ floats: Int) -> Int { floats * MemoryLayout<Float>.stride }

  private func raw(_ buffer: AlignedBuffer, _ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
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
