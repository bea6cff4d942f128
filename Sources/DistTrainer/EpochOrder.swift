import Support

/// The order in which an epoch visits the training set: a Fisher–Yates shuffle drawn from the seed
/// and the epoch, the same on every rank.
struct EpochOrder {
  /// Sample at each position of the epoch.
  private(set) var samples: [UInt32]
  let seed: UInt64
  let shuffle: Bool

  init(count: Int, seed: UInt64, shuffle: Bool) {
    samples = (0..<UInt32(count)).map { $0 }
    self.seed = seed
    self.shuffle = shuffle
  }

  /// Makes `samples` the order of `epoch`, from scratch: no epoch depends on the ones before.
  mutating func begin(epoch: Int) {
    guard shuffle else { return }
    var generator = PhiloxSequence(
      seed: seed, stream: .shuffle, a: UInt32(truncatingIfNeeded: epoch))
    samples.withUnsafeMutableBufferPointer { order in
      for index in order.indices { order[index] = UInt32(index) }
      guard order.count > 1 else { return }
      for last in stride(from: order.count - 1, to: 0, by: -1) {
        order.swapAt(last, Int(generator.nextIndex(below: UInt32(last + 1))))
      }
    }
  }
}

/// A rank's part of `count` items: contiguous, sizes differing by at most one, empty for the
/// surplus ranks where there are more ranks than items.
public func shard(_ count: Int, rank: Int, of size: Int) -> Range<Int> {
  (count * rank / size)..<(count * (rank + 1) / size)
}
