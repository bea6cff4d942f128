import Collectives
import Model

/// The part of a `FixedSum` above the ranks' own nodes.
protocol SumExchange: AnyObject {
  /// Where this rank's nodes of the next sum belong, in order, `SharedSum.room` floats from one to
  /// the next.
  var nodes: UnsafeMutablePointer<Float> { get }

  /// The nodes are complete.
  func begin() throws
  /// To be called now and then while something else is computed.
  func progress() throws
  /// Collective.
  /// - Returns: the sum of all ranks' nodes; valid until the next sum's first node is written.
  func finish() throws -> UnsafePointer<Float>
}

/// A sum of vectors, one for each lane, with the same bits on every rank and on any number of ranks.
///
/// It is added along a binary tree over the lanes. A rank adds up the nodes of the tree that lie within
/// its own lanes, so that on two ranks each sends one vector; the rest of the tree is added by everyone
/// (short vectors), or by each rank for its slice, which it then sends to the others.
///
/// In a step: for every own lane in order, fill `next` and call `add`; then `begin`, and `finish`. Vectors may be
/// filled in parts, with a `restart` before each further one.
final class FixedSum {
  /// Floats of a vector.
  let count: Int
  private let lanes: Lanes
  /// The places in the tree of the nodes that wait for their other half, the first `depth`.
  private var places: [Range<Int>]
  private var depth = 0
  private var lane: Int
  private let exchange: any SumExchange

  /// - Parameter exchange: for `count` floats.
  init(count: Int, lanes: Lanes, over exchange: any SumExchange) {
    self.count = count
    self.lanes = lanes
    self.exchange = exchange
    lane = lanes.own.lowerBound
    places = Array(repeating: 0..<0, count: lanes.depth)
  }

  /// Where the next lane's vector is to be written.
  var next: UnsafeMutablePointer<Float> { node(depth) }

  private func node(_ index: Int) -> UnsafeMutablePointer<Float> {
    exchange.nodes + index * SharedSum.room(count)
  }

  /// Goes back to the first own lane: for other parts of the vectors.
  func restart() {
    depth = 0
    lane = lanes.own.lowerBound
  }

  /// Takes what was written to `next`.
  func add() {
    climb { left, right in addVector(right, to: left, count: count) }
  }

  /// Takes some rows of `columns` floats of what was written to `next`, and some floats besides; before the next
  /// `restart`, the same ones of every lane.
  func add(_ rows: [Range<Int>], of columns: Int, and floats: Range<Int>) {
    climb { left, right in
      for run in rows {
        let first = run.lowerBound * columns
        addVector(right + first, to: left + first, count: run.count * columns)
      }
      addVector(right + floats.lowerBound, to: left + floats.lowerBound, count: floats.count)
    }
  }

  private func climb(
    _ add: (_ left: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>) -> Void
  ) {
    places[depth] = lane..<(lane + 1)
    lane += 1
    depth += 1
    while depth > 1, let joined = Lanes.join(places[depth - 2], places[depth - 1]) {
      add(node(depth - 2), node(depth - 1))
      depth -= 1
      places[depth - 1] = joined
    }
  }

  /// All own lanes are added: starts what is to be sent.
  func begin() throws {
    precondition(lane == lanes.own.upperBound, "a lane is missing from a sum")
    restart()
    try exchange.begin()
  }

  /// To be called now and then while something else is computed.
  func progress() throws { try exchange.progress() }

  /// Collective, after `begin`.
  /// - Returns: the sum over all ranks' lanes; valid until the next `add`.
  func finish() throws -> UnsafePointer<Float> { try exchange.finish() }
}
