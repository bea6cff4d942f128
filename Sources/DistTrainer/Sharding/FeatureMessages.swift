import Collectives
import Model
import Support

/// The exchange of features by one message for each lane and peer. For one batch size.
///
/// Where zero features stop their gradient, nothing is sent of either but what is not zero.
final class FeatureMessages: FeatureExchange {
  let batch: BatchFeatures
  let chunks: [[Range<Int>]]?
  let gradientChunks: [[Range<Int>]]?
  private let row: Int
  /// For each own lane, what its samples have in other ranks' columns: sent forward, received back.
  private let mine: [[FeaturePart]]
  /// Messages before each own lane's, and all of them.
  private let firstOfLane: [Int]
  private let sent: Int
  /// What other ranks' samples have in this rank's columns: received forward, sent back.
  private let theirs: [FeaturePart]
  /// The messages of each chunk's samples, as places in it.
  private let partsOfChunk: [Range<Int>]
  private let memory: AlignedBuffer
  private let forwardPlan: any MessagePlan
  private let backwardPlan: any MessagePlan

  /// Collective over `world`.
  /// - Parameters:
  ///   - count: samples of the batch.
  ///   - row: floats of a sample.
  ///   - batch: this rank's memory.
  ///   - isSparse: `Architecture.zeroFeaturesStopGradients`, the same on every rank.
  ///   - inChunks: whether samples may be computed with a part of the batch.
  init(
    count: Int, row: Int, batch: BatchFeatures, lanes: Lanes, wire: Wire,
    isSparse: Bool, inChunks: Bool, on world: any Communicator
  ) throws {
    self.batch = batch
    self.row = row
    let own = lanes.rows(ownedBy: lanes.rank, inputs: row)
    func bytes(_ lane: Int, _ columns: Range<Int>) -> Int {
      let bytes = FeaturePart.bytes(
        samples: lanes.samples(of: lane, batch: count), columns: columns, wire: wire,
        isSparse: isSparse)
      // Every message begins with a whole word.
      return (bytes + 3) / 4 * 4
    }
    let all =
      lanes.own.flatMap { lane in
        lanes.peers.map { bytes(lane, lanes.rows(ownedBy: $0, inputs: row)) }
      } + lanes.peers.flatMap { lanes.owned(by: $0).map { bytes($0, own) } }
    memory = AlignedBuffer(count: all.reduce(0, +) / MemoryLayout<Float>.stride)
    var next = UnsafeMutableRawPointer(memory.pointer)
    func part(_ lane: Int, _ columns: Range<Int>) -> (FeaturePart, UnsafeMutableRawBufferPointer) {
      let part = FeaturePart(
        samples: lanes.samples(of: lane, batch: count), columns: columns, wire: wire,
        isSparse: isSparse, packed: next)
      let room = bytes(lane, columns)
      defer { next += room }
      return (part, UnsafeMutableRawBufferPointer(start: next, count: room))
    }
    var toPeers: [PlannedMessage] = []
    var fromPeers: [PlannedMessage] = []
    var (backReceives, backSends): ([PlannedMessage], [PlannedMessage]) = ([], [])
    let mine: [[FeaturePart]] = lanes.own.map { lane in
      guard !lanes.samples(of: lane, batch: count).isEmpty else { return [] }
      return lanes.peers.map { peer in
        let (part, room) = part(lane, lanes.rows(ownedBy: peer, inputs: row))
        toPeers.append(PlannedMessage(.sendPart, peer: peer, tag: lane, bytes: room))
        backReceives.append(PlannedMessage(.receive, peer: peer, tag: lane, bytes: room))
        return part
      }
    }
    theirs = lanes.peers.flatMap { peer in
      lanes.owned(by: peer).filter { !lanes.samples(of: $0, batch: count).isEmpty }.map { lane in
        let (part, room) = part(lane, own)
        fromPeers.append(PlannedMessage(.receive, peer: peer, tag: lane, bytes: room))
        backSends.append(PlannedMessage(.sendPart, peer: peer, tag: lane, bytes: room))
        return part
      }
    }
    self.mine = mine
    (chunks, partsOfChunk) = Self.chunks(count, theirs, lanes, inChunks)
    let others = Self.runs(theirs.map(\.samples))
    gradientChunks = chunks.map { [others, $0[0]] }
    firstOfLane = mine.indices.map { index in mine[..<index].reduce(0) { $0 + $1.count } }
    sent = toPeers.count
    forwardPlan = try world.plan(fromPeers + toPeers)
    backwardPlan = try world.plan(backReceives + backSends)
  }

  /// The own samples, then the others in two halves; or all in one.
  private static func chunks(
    _ count: Int, _ theirs: [FeaturePart], _ lanes: Lanes, _ inChunks: Bool
  ) -> (samples: [[Range<Int>]]?, parts: [Range<Int>]) {
    guard inChunks else { return (nil, [0..<theirs.count]) }
    let own =
      lanes.samples(of: lanes.own.lowerBound, batch: count)
      .lowerBound..<lanes.samples(of: lanes.own.upperBound - 1, batch: count).upperBound
    let half = (theirs.count + 1) / 2
    let parts = [0..<0, 0..<half, half..<theirs.count]
    return ([[own]] + parts.dropFirst().map { runs(theirs[$0].map(\.samples)) }, parts)
  }

  /// The same samples in as few ranges as can be.
  private static func runs(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for range in ranges {
      if let last = runs.last, last.upperBound == range.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<range.upperBound
      } else {
        runs.append(range)
      }
    }
    return runs
  }

  // Forward: the receives first, then the sends lane by lane.

  func beginForward() throws { try forwardPlan.start(0..<theirs.count) }

  func sendForward(_ index: Int) throws {
    for (message, part) in zip(messages(of: index), mine[index]) {
      let bytes = part.pack(from: batch.values, row: row)
      try forwardPlan.send(theirs.count + message, bytes: bytes)
    }
    try forwardPlan.test()
  }

  func takeFeatures(of chunk: Int) throws {
    let parts = partsOfChunk[chunk]
    try forwardPlan.wait(parts)
    for part in theirs[parts] { part.unpack(into: batch.values, row: row) }
    if chunk == partsOfChunk.count - 1 {
      try forwardPlan.wait(theirs.count..<(theirs.count + sent))
    }
  }

  func progress() throws { try forwardPlan.test() }

  // Backward: the mirror image.

  func beginBackward() throws { try backwardPlan.start(0..<sent) }

  func sendGradient() throws {
    for (index, part) in theirs.enumerated() {
      let bytes = part.pack(from: batch.gradient, gradientOf: batch.values, row: row)
      try backwardPlan.send(sent + index, bytes: bytes)
    }
  }

  private func messages(of index: Int) -> Range<Int> {
    firstOfLane[index]..<(firstOfLane[index] + mine[index].count)
  }

  func hasGradient(of index: Int) throws -> Bool { try backwardPlan.isDone(messages(of: index)) }

  func takeGradient(of index: Int) throws {
    try backwardPlan.wait(messages(of: index))
    for part in mine[index] {
      part.unpack(into: batch.gradient, gradientOf: batch.values, row: row)
    }
  }

  func featuresRead() {}

  func finishBackward() throws { try backwardPlan.wait(sent..<(sent + theirs.count)) }
}
