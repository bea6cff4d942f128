import Model

/// How the work of a sharded step is cut, whatever the number of ranks: the batch into lanes of
/// samples, the first Dense kernel into as many blocks of rows. Each rank owns some of both.
///
/// Where samples are cut along the points (`StripPlan`), each strip has its lanes and its blocks. A rank that
/// owns all of a strip, as each of two ranks does, needs no features of others.
struct Lanes: Equatable {
  /// Lanes of a batch and blocks of the kernel: a power of two, at least the number of ranks.
  let count: Int
  let rank: Int
  let ranks: Int
  /// The kernel's rows in neighbouring ones, of each strip.
  private let runs: [[Range<Int>]]

  /// - Parameters:
  ///   - inputs: rows of the kernel.
  ///   - plan: that of `strips`, or nil.
  init(count: Int, rank: Int, ranks: Int, inputs: Int, plan: StripPlan?) {
    (self.count, self.rank, self.ranks) = (count, rank, ranks)
    runs = plan?.rows ?? [[0..<inputs]]
  }

  /// How samples are cut that have their features computed in each step: into two strips, if they can.
  static func strips(_ architecture: Architecture, lanes: Int) -> StripPlan? {
    guard let plan = StripPlan(architecture, strips: 2) else { return nil }
    // Each strip needs a block at least for every run of its rows.
    let runs = plan.rows.count * plan.rows[0].count
    return lanes >= runs && lanes % runs == 0 ? plan : nil
  }

  /// NeatMS's batch of 32 then makes lanes of 4 samples.
  static let defaultCount = 8

  /// The lanes, and the blocks, of a rank: contiguous.
  func owned(by rank: Int) -> Range<Int> { shard(count, rank: rank, of: ranks) }
  var own: Range<Int> { owned(by: rank) }
  var peers: [Int] { (0..<ranks).filter { $0 != rank } }

  var strips: Int { runs.count }
  /// Lanes, and blocks, of a strip.
  var stripCount: Int { count / strips }

  /// The strip of a lane, or of a block.
  func strip(of lane: Int) -> Int { lane / stripCount }

  /// The samples of a lane: sizes differ by at most one, and are 0 where the batch is smaller.
  func samples(of lane: Int, batch: Int) -> Range<Int> {
    shard(batch, rank: lane % stripCount, of: stripCount)
  }

  /// The rows of a block: neighbouring ones.
  func rows(of block: Int) -> Range<Int> {
    let runs = runs[strip(of: block)]
    let blocks = stripCount / runs.count
    let place = block % stripCount
    let run = runs[place / blocks]
    let part = shard(run.count, rank: place % blocks, of: blocks)
    return (run.lowerBound + part.lowerBound)..<(run.lowerBound + part.upperBound)
  }

  /// All rows of a rank's blocks, in their order: neighbouring ones of a strip together.
  func rows(ownedBy rank: Int) -> [Range<Int>] {
    strips(of: rank).flatMap { rows(ownedBy: rank, strip: $0) }
  }

  /// Those of a strip.
  func rows(ownedBy rank: Int, strip: Int) -> [Range<Int>] {
    owned(by: rank).filter { self.strip(of: $0) == strip }.reduce(into: []) { joined, block in
      let rows = rows(of: block)
      if let last = joined.last, last.upperBound == rows.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<rows.upperBound
      } else {
        joined.append(rows)
      }
    }
  }

  /// The strips that a rank owns lanes, and blocks, of.
  func strips(of rank: Int) -> Range<Int> {
    let own = owned(by: rank)
    return strip(of: own.lowerBound)..<(strip(of: own.upperBound - 1) + 1)
  }

  /// Whether no rank needs features that another computes.
  var areApart: Bool { (0..<ranks).allSatisfy { owned(by: $0).count % stripCount == 0 } }

  /// What a rank sends of a batch's features, or of their gradient, at the most: numbers, in so many messages.
  func sent(batch: Int) -> (numbers: Int, messages: Int) {
    func needed(_ runs: [Range<Int>]) -> (numbers: Int, messages: Int) {
      (runs.reduce(0) { $0 + $1.count }, runs.count)
    }
    var all = Array(repeating: (numbers: 0, messages: 0), count: strips)
    for rank in 0..<ranks {
      for strip in strips(of: rank) {
        let own = needed(rows(ownedBy: rank, strip: strip))
        all[strip] = (all[strip].numbers + own.numbers, all[strip].messages + own.messages)
      }
    }
    var most = (numbers: 0, messages: 0)
    for rank in 0..<ranks {
      var sent = (numbers: 0, messages: 0)
      for strip in strips(of: rank) {
        let own = needed(rows(ownedBy: rank, strip: strip))
        for lane in owned(by: rank) where self.strip(of: lane) == strip {
          let samples = samples(of: lane, batch: batch).count
          guard samples > 0 else { continue }
          sent.numbers += samples * (all[strip].numbers - own.numbers)
          sent.messages += all[strip].messages - own.messages
        }
      }
      most = (max(most.numbers, sent.numbers), max(most.messages, sent.messages))
    }
    return most
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
