import Collectives
import Support

/// Turns "my samples, all rows" of a batch's features into "all samples, my rows", and the gradients
/// back, by one message for each lane and peer. For one batch size.
final class FeatureExchange {
  /// Some samples' columns of a rank, packed in a message.
  private struct Part {
    let samples: Range<Int>
    let columns: Range<Int>
    let packed: UnsafeMutablePointer<Float>

    var count: Int { samples.count * columns.count }

    func pack(from matrix: UnsafePointer<Float>, row: Int) {
      for (place, sample) in samples.enumerated() {
        (packed + place * columns.count).update(
          from: matrix + sample * row + columns.lowerBound, count: columns.count)
      }
    }

    func unpack(into matrix: UnsafeMutablePointer<Float>, row: Int) {
      for (place, sample) in samples.enumerated() {
        (matrix + sample * row + columns.lowerBound).update(
          from: packed + place * columns.count, count: columns.count)
      }
    }
  }

  private let row: Int
  /// For each own lane, what its samples have in other ranks' columns: sent forward, received back.
  private let mine: [[Part]]
  /// Messages before each own lane's, and all of them.
  private let firstOfLane: [Int]
  private let sent: Int
  /// What other ranks' samples have in this rank's columns: received forward, sent back.
  private let theirs: [Part]
  private let memory: AlignedBuffer
  private let forwardPlan: any MessagePlan
  private let backwardPlan: any MessagePlan

  /// Collective over `world`.
  /// - Parameter row: floats of a sample.
  init(batch: Int, row: Int, lanes: Lanes, on world: any Communicator) throws {
    self.row = row
    let own = lanes.rows(ownedBy: lanes.rank, inputs: row)
    let floats = Self.floats(batch: batch, row: row, own: own, lanes: lanes)
    memory = AlignedBuffer(count: floats)
    var next = memory.pointer
    func part(_ lane: Int, _ columns: Range<Int>) -> Part {
      let part = Part(
        samples: lanes.samples(of: lane, batch: batch), columns: columns, packed: next)
      next += part.count
      return part
    }
    var toPeers: [PlannedMessage] = []
    var fromPeers: [PlannedMessage] = []
    var (backReceives, backSends): ([PlannedMessage], [PlannedMessage]) = ([], [])
    let mine: [[Part]] = lanes.own.map { lane in
      guard !lanes.samples(of: lane, batch: batch).isEmpty else { return [] }
      return lanes.peers.map { peer in
        let part = part(lane, lanes.rows(ownedBy: peer, inputs: row))
        toPeers.append(.send(part.packed, part.count, to: peer, tag: lane))
        backReceives.append(.receive(part.packed, part.count, from: peer, tag: lane))
        return part
      }
    }
    theirs = lanes.peers.flatMap { peer in
      lanes.owned(by: peer).filter { !lanes.samples(of: $0, batch: batch).isEmpty }.map { lane in
        let part = part(lane, own)
        fromPeers.append(.receive(part.packed, part.count, from: peer, tag: lane))
        backSends.append(.send(part.packed, part.count, to: peer, tag: lane))
        return part
      }
    }
    self.mine = mine
    firstOfLane = mine.indices.map { index in mine[..<index].reduce(0) { $0 + $1.count } }
    sent = toPeers.count
    forwardPlan = try world.plan(fromPeers + toPeers)
    backwardPlan = try world.plan(backReceives + backSends)
  }

  private static func floats(batch: Int, row: Int, own: Range<Int>, lanes: Lanes) -> Int {
    let samples = lanes.own.map { lanes.samples(of: $0, batch: batch).count }.reduce(0, +)
    return samples * (row - own.count) + (batch - samples) * own.count
  }

  // Forward: the receives first, then the sends lane by lane.

  func beginForward() throws { try forwardPlan.start(0..<theirs.count) }

  /// Sends the features of an own lane (counted from the first own one), which are complete.
  func sendForward(_ index: Int, of features: UnsafePointer<Float>) throws {
    for part in mine[index] { part.pack(from: features, row: row) }
    let first = theirs.count + firstOfLane[index]
    try forwardPlan.start(first..<(first + mine[index].count))
    try forwardPlan.test()
  }

  /// Returns when the other ranks' samples are there.
  func finishForward(into features: UnsafeMutablePointer<Float>) throws {
    try forwardPlan.wait(0..<(theirs.count + sent))
    for part in theirs { part.unpack(into: features, row: row) }
  }

  // Backward: the mirror image.

  func beginBackward() throws { try backwardPlan.start(0..<sent) }

  /// Sends the gradient of the other ranks' samples, whose own columns are complete.
  func sendBackward(_ gradient: UnsafePointer<Float>) throws {
    for (index, part) in theirs.enumerated() {
      part.pack(from: gradient, row: row)
      try backwardPlan.start((sent + index)..<(sent + index + 1))
    }
  }

  func progressBackward() throws { try backwardPlan.test() }

  /// Returns when the own samples' gradient is whole.
  func finishBackward(into gradient: UnsafeMutablePointer<Float>) throws {
    try backwardPlan.wait(0..<(sent + theirs.count))
    for parts in mine { for part in parts { part.unpack(into: gradient, row: row) } }
  }
}
