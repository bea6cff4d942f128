/// How the work of a sharded step is cut, whatever the number of ranks: the batch into lanes of
/// samples, the first Dense kernel into as many blocks of rows. Each rank owns some of both.
struct Lanes: Equatable {
  /// Lanes of a batch and blocks of the kernel: a power of two, at least the number of ranks.
  let count: Int
  let rank: Int
  let ranks: Int

  /// NeatMS's batch of 32 then makes lanes of 4 samples.
  static let defaultCount = 8

  /// The lanes, and the blocks, of a rank: contiguous.
  func owned(by rank: Int) -> Range<Int> { shard(count, rank: rank, of: ranks) }
  var own: Range<Int> { owned(by: rank) }
  var peers: [Int] { (0..<ranks).filter { $0 != rank } }

  /// The samples of a lane: sizes differ by at most one, and are 0 where the batch is smaller.
  func samples(of lane: Int, batch: Int) -> Range<Int> { shard(batch, rank: lane, of: count) }

  /// The rows of a block of a kernel with `inputs` rows.
  func rows(of block: Int, inputs: Int) -> Range<Int> { shard(inputs, rank: block, of: count) }

  /// All rows of a rank's blocks.
  func rows(ownedBy rank: Int, inputs: Int) -> Range<Int> {
    let blocks = owned(by: rank)
    return shard(inputs, rank: blocks.lowerBound, of: count)
      .lowerBound..<shard(inputs, rank: blocks.upperBound - 1, of: count).upperBound
  }

  /// The largest nodes of the binary tree over all lanes that lie within a rank's: what it can add up
  /// alone.
  func nodes(of rank: Int) -> [Range<Int>] { climb(rank).nodes }

  /// The most nodes that a rank has at a time while it adds up its lanes in order.
  var depth: Int { (0..<ranks).map { climb($0).depth }.max() ?? 1 }

  private func climb(_ rank: Int) -> (nodes: [Range<Int>], depth: Int) {
    var nodes: [Range<Int>] = []
    var depth = 0
    for lane in owned(by: rank) {
      nodes.append(lane..<(lane + 1))
      depth = max(depth, nodes.count)
      while nodes.count > 1, let joined = Lanes.join(nodes[nodes.count - 2], nodes[nodes.count - 1])
      {
        nodes.removeLast(2)
        nodes.append(joined)
      }
    }
    return (nodes, depth)
  }

  /// The additions above all ranks' nodes, in order. Nodes are counted over all ranks; an addition's
  /// sum takes the place of its left one, and the last one's is the sum over all lanes, at 0.
  var additions: [(left: Int, right: Int)] {
    var additions: [(left: Int, right: Int)] = []
    var open: [(place: Range<Int>, index: Int)] = []
    for (index, place) in (0..<ranks).flatMap(nodes(of:)).enumerated() {
      open.append((place, index))
      while open.count > 1,
        let joined = Lanes.join(open[open.count - 2].place, open[open.count - 1].place)
      {
        let right = open.removeLast()
        additions.append((open[open.count - 1].index, right.index))
        open[open.count - 1].place = joined
      }
    }
    return additions
  }

  /// The node that has these two as halves, where there is one.
  static func join(_ left: Range<Int>, _ right: Range<Int>) -> Range<Int>? {
    guard left.count == right.count, left.upperBound == right.lowerBound,
      left.lowerBound % (2 * left.count) == 0
    else { return nil }
    return left.lowerBound..<right.upperBound
  }
}
