import PeakData
import Support

/// Puts labelled peaks into the three sets as NeatMS's `create_batches` does, but drawn from a seed.
///
/// Source: NeatMS 0.9, `NN_handler.create_batches` (`handler.py`): shuffle, then (with
/// `normalise_class`) keep of every class as many as the smallest has, shuffle again, and slice
/// test : validation : train = s : s : 1 − 2s at `round(s · N)`, Python's round (half to even).
/// NeatMS balances before it drops invalid peaks, so that its classes end uneven; here the peaks
/// are valid from the start.
public struct BatchSplit: Sendable, Equatable {
  /// Positions of the peaks given, in the order of the file.
  public private(set) var positions: [Split: [Int]] = [:]
  /// How many peaks of each class the balancing left out.
  public private(set) var balancedOut: [Int]

  /// - Parameters:
  ///   - labels: class index of every peak.
  ///   - classCount: how many classes there are.
  ///   - fraction: `validation_split`, of the test and of the validation set each; 0 … 0.5.
  ///   - normaliseClass: keep of every class as many as the smallest has.
  public init(
    labels: [Int32], classCount: Int, fraction: Double, normaliseClass: Bool, seed: UInt64
  ) {
    precondition(fraction >= 0 && fraction < 0.5)
    var order = Self.shuffled(Array(labels.indices), seed: seed, draw: 0)
    balancedOut = Array(repeating: 0, count: classCount)
    if normaliseClass {
      var counts = Array(repeating: 0, count: classCount)
      for label in labels { counts[Int(label)] += 1 }
      let smallest = counts.min() ?? 0
      balancedOut = counts.map { $0 - smallest }
      var taken = Array(repeating: 0, count: classCount)
      order = order.filter { position in
        taken[Int(labels[position])] += 1
        return taken[Int(labels[position])] <= smallest
      }
      // The larger classes were used up early: without this they would be missing at the end.
      order = Self.shuffled(order, seed: seed, draw: 1)
    }
    let part = Int((fraction * Double(order.count)).rounded(.toNearestOrEven))
    positions = [
      .test: Array(order[..<part]), .validation: Array(order[part..<(2 * part)]),
      .train: Array(order[(2 * part)...]),
    ]
  }

  /// A Fisher–Yates shuffle.
  private static func shuffled(_ positions: [Int], seed: UInt64, draw: UInt32) -> [Int] {
    var generator = PhiloxSequence(seed: seed, stream: .split, a: draw)
    var order = positions
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(generator.nextIndex(below: UInt32(last + 1))))
    }
    return order
  }
}
