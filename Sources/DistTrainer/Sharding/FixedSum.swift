import Collectives
import Model
import Support

/// A sum of vectors, one for each lane, with the same bits on every rank and on any number of ranks.
///
/// It is added along a binary tree over the lanes. A rank adds up the nodes of the tree that lie within
/// its own lanes, so that on two ranks each sends one vector; the rest of the tree is added by everyone
/// (short vectors), or by each rank for its slice, which it then sends to the others.
///
/// In a step: for every own lane in order, fill `next` and call `add`; then `finish`.
final class FixedSum {
  /// Floats of a vector.
  let count: Int
  private let lanes: Lanes
  /// The nodes that wait for their other half.
  private let nodes: AlignedBuffer
  /// Their places in the tree, the first `depth`.
  private var places: [Range<Int>]
  private var depth = 0
  private var lane: Int
  private let exchange: SumExchange

  /// Floats from one vector to the next: whole cache lines.
  private static func room(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Collective over `world`.
  init(count: Int, lanes: Lanes, on world: any Communicator) throws {
    self.count = count
    self.lanes = lanes
    lane = lanes.own.lowerBound
    let deepest = 2 * (Int.bitWidth - lanes.count.leadingZeroBitCount) + 1
    nodes = AlignedBuffer(count: deepest * Self.room(count))
    places = Array(repeating: 0..<0, count: deepest)
    exchange = try SumExchange(
      count: count, lanes: lanes, nodes: nodes.pointer, stride: Self.room(count), on: world)
  }

  /// Where the next lane's vector is to be written.
  var next: UnsafeMutablePointer<Float> { node(depth) }

  private func node(_ index: Int) -> UnsafeMutablePointer<Float> {
    nodes.pointer + index * Self.room(count)
  }

  /// Takes what was written to `next`.
  func add() {
    places[depth] = lane..<(lane + 1)
    lane += 1
    depth += 1
    while depth > 1, let joined = Lanes.join(places[depth - 2], places[depth - 1]) {
      addVector(node(depth - 1), to: node(depth - 2), count: count)
      depth -= 1
      places[depth - 1] = joined
    }
  }

  /// Collective.
  /// - Returns: the sum over all ranks' lanes; valid until the next `add`.
  func finish() throws -> UnsafePointer<Float> {
    precondition(lane == lanes.own.upperBound, "a lane is missing from a sum")
    depth = 0
    lane = lanes.own.lowerBound
    return try exchange.run()
  }
}
