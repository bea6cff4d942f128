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
  private var row: Int { batch.layout.row }
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

  /// A message to be, and its place among those between two ranks.
  private struct Wanted {
    let peer: Int
    let tag: Int
    let samples: Range<Int>
    let pieces: Range<Int>
    let columns: Range<Int>
  }

  /// Collective over `world`.
  /// - Parameters:
  ///   - count: samples of the batch.
  ///   - batch: this rank's memory.
  ///   - isSparse: `Architecture.zeroFeaturesStopGradients`, the same on every rank.
  ///   - inChunks: whether samples may be computed with a part of the batch.
  init(
    count: Int, batch: BatchFeatures, lanes: Lanes, wire: Wire, isSparse: Bool, inChunks: Bool,
    on world: any Communicator
  ) throws {
    self.batch = batch
    let sends = lanes.own.map { lane in
      lanes.peers.flatMap { Self.wanted(lane, for: $0, peer: $0, count, batch.layout, lanes) }
    }
    // Those of the same samples together, which are of several lanes where samples are cut.
    let receives = lanes.peers.flatMap { peer in
      lanes.owned(by: peer).flatMap {
        Self.wanted($0, for: lanes.rank, peer: peer, count, batch.layout, lanes)
      }
    }.sorted { ($0.samples.lowerBound, $0.peer, $0.tag) < ($1.samples.lowerBound, $1.peer, $1.tag) }
    func bytes(_ wanted: Wanted) -> Int {
      let bytes = FeaturePart.bytes(
        pieces: wanted.pieces, columns: wanted.columns, wire: wire, isSparse: isSparse)
      // Every message begins with a whole word.
      return (bytes + 3) / 4 * 4
    }
    let all = (sends.joined() + receives).reduce(0) { $0 + bytes($1) }
    memory = AlignedBuffer(count: all / MemoryLayout<Float>.stride)
    var next = UnsafeMutableRawPointer(memory.pointer)
    var forward: (sends: [PlannedMessage], receives: [PlannedMessage]) = ([], [])
    var back: (sends: [PlannedMessage], receives: [PlannedMessage]) = ([], [])
    func part(_ wanted: Wanted, isSent: Bool) -> FeaturePart {
      let room = UnsafeMutableRawBufferPointer(start: next, count: bytes(wanted))
      func message(_ direction: PlannedMessage.Direction) -> PlannedMessage {
        PlannedMessage(direction, peer: wanted.peer, tag: wanted.tag, bytes: room)
      }
      if isSent {
        forward.sends.append(message(.sendPart))
        back.receives.append(message(.receive))
      } else {
        forward.receives.append(message(.receive))
        back.sends.append(message(.sendPart))
      }
      defer { next += room.count }
      return FeaturePart(
        pieces: wanted.pieces, columns: wanted.columns, wire: wire, isSparse: isSparse, packed: next
      )
    }
    let mine = sends.map { $0.map { part($0, isSent: true) } }
    self.mine = mine
    theirs = receives.map { part($0, isSent: false) }
    let cut = Self.chunks(count, receives, lanes, inChunks)
    (chunks, partsOfChunk) = (cut.samples, cut.parts)
    gradientChunks = chunks.map { [Self.runs(receives.map(\.samples)), $0[0]] }
    firstOfLane = mine.indices.map { index in mine[..<index].reduce(0) { $0 + $1.count } }
    sent = forward.sends.count
    forwardPlan = try world.plan(forward.receives + forward.sends)
    backwardPlan = try world.plan(back.receives + back.sends)
  }

  /// What a rank's rows need of a lane.
  private static func wanted(
    _ lane: Int, for rank: Int, peer: Int, _ count: Int, _ layout: FeatureLayout, _ lanes: Lanes
  ) -> [Wanted] {
    let samples = lanes.samples(of: lane, batch: count)
    guard !samples.isEmpty else { return [] }
    let strip = lanes.strip(of: lane)
    return lanes.rows(ownedBy: rank, strip: strip).enumerated().map { index, rows in
      Wanted(
        peer: peer, tag: index * lanes.count + lane, samples: samples,
        pieces: layout.pieces(samples, strip: strip), columns: layout.place(of: rows).columns)
    }
  }

  /// The samples of which this rank has all that it needs, then the others in two halves; or all in one.
  private static func chunks(
    _ count: Int, _ receives: [Wanted], _ lanes: Lanes, _ inChunks: Bool
  ) -> (samples: [[Range<Int>]]?, parts: [Range<Int>]) {
    guard inChunks else { return (nil, [0..<receives.count]) }
    let groups = (0..<lanes.stripCount).map { lanes.samples(of: $0, batch: count) }
    let own = groups.filter { group in !group.isEmpty && !receives.contains { $0.samples == group }
    }
    // Messages of the same samples stay together.
    let middle = receives.indices.first { index in
      2 * index >= receives.count && receives[index].samples != receives[index - 1].samples
    }
    let parts = [0..<(middle ?? receives.count), (middle ?? receives.count)..<receives.count]
      .filter { !$0.isEmpty }
    return (
      [runs(own)] + parts.map { runs(receives[$0].map(\.samples)) }, [0..<0] + parts
    )
  }

  /// The same samples, in ascending order, in as few ranges as can be.
  private static func runs(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for range in ranges {
      if let last = runs.last, last.upperBound >= range.upperBound { continue }
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
