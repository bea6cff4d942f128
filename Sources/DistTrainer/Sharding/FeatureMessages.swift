import Collectives
import Model
import Support

/// The exchange of features by one message for each lane and peer. For one batch size.
final class FeatureMessages: FeatureExchange {
  /// Some samples' columns of a rank, packed in a message.
  private struct Part {
    let samples: Range<Int>
    let columns: Range<Int>
    let wire: Wire
    let packed: UnsafeMutableRawBufferPointer

    func pack(from matrix: UnsafePointer<Float>, row: Int) {
      for (place, sample) in samples.enumerated() {
        let source = matrix + sample * row + columns.lowerBound
        switch wire {
        case .fp32:
          (floats + place * columns.count).update(from: source, count: columns.count)
        case .bf16:
          BFloat16.pack(source, into: halves + place * columns.count, count: columns.count)
        }
      }
    }

    func unpack(into matrix: UnsafeMutablePointer<Float>, row: Int) {
      for (place, sample) in samples.enumerated() {
        let target = matrix + sample * row + columns.lowerBound
        switch wire {
        case .fp32:
          target.update(from: floats + place * columns.count, count: columns.count)
        case .bf16:
          BFloat16.unpack(halves + place * columns.count, into: target, count: columns.count)
        }
      }
    }

    private var start: UnsafeMutableRawPointer { packed.baseAddress.unsafelyUnwrapped }
    private var floats: UnsafeMutablePointer<Float> { start.assumingMemoryBound(to: Float.self) }
    private var halves: UnsafeMutablePointer<UInt16> {
      start.assumingMemoryBound(to: UInt16.self)
    }
  }

  let batch: BatchFeatures
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
  /// - Parameters:
  ///   - count: samples of the batch.
  ///   - row: floats of a sample.
  ///   - batch: this rank's memory.
  init(
    count: Int, row: Int, batch: BatchFeatures, lanes: Lanes, wire: Wire,
    on world: any Communicator
  ) throws {
    self.batch = batch
    self.row = row
    let own = lanes.rows(ownedBy: lanes.rank, inputs: row)
    let floats = Self.floats(batch: count, row: row, own: own, lanes: lanes)
    memory = AlignedBuffer(count: floats)
    var next = UnsafeMutableRawPointer(memory.pointer)
    func part(_ lane: Int, _ columns: Range<Int>) -> Part {
      let samples = lanes.samples(of: lane, batch: count)
      let bytes = samples.count * columns.count * wire.bytes
      defer { next += bytes }
      return Part(
        samples: samples, columns: columns, wire: wire,
        packed: UnsafeMutableRawBufferPointer(start: next, count: bytes))
    }
    var toPeers: [PlannedMessage] = []
    var fromPeers: [PlannedMessage] = []
    var (backReceives, backSends): ([PlannedMessage], [PlannedMessage]) = ([], [])
    let mine: [[Part]] = lanes.own.map { lane in
      guard !lanes.samples(of: lane, batch: count).isEmpty else { return [] }
      return lanes.peers.map { peer in
        let part = part(lane, lanes.rows(ownedBy: peer, inputs: row))
        toPeers.append(PlannedMessage(.send, peer: peer, tag: lane, bytes: part.packed))
        backReceives.append(PlannedMessage(.receive, peer: peer, tag: lane, bytes: part.packed))
        return part
      }
    }
    theirs = lanes.peers.flatMap { peer in
      lanes.owned(by: peer).filter { !lanes.samples(of: $0, batch: count).isEmpty }.map { lane in
        let part = part(lane, own)
        fromPeers.append(PlannedMessage(.receive, peer: peer, tag: lane, bytes: part.packed))
        backSends.append(PlannedMessage(.send, peer: peer, tag: lane, bytes: part.packed))
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

  func sendForward(_ index: Int) throws {
    for part in mine[index] { part.pack(from: batch.values, row: row) }
    let sends = messages(of: index)
    try forwardPlan.start(
      (theirs.count + sends.lowerBound)..<(theirs.count + sends.upperBound))
    try forwardPlan.test()
  }

  func finishForward() throws {
    try forwardPlan.wait(0..<(theirs.count + sent))
    for part in theirs { part.unpack(into: batch.values, row: row) }
  }

  // Backward: the mirror image.

  func sendBackward() throws {
    try backwardPlan.start(0..<sent)
    for (index, part) in theirs.enumerated() {
      part.pack(from: batch.gradient, row: row)
      try backwardPlan.start((sent + index)..<(sent + index + 1))
    }
  }

  private func messages(of index: Int) -> Range<Int> {
    firstOfLane[index]..<(firstOfLane[index] + mine[index].count)
  }

  func hasGradient(of index: Int) throws -> Bool { try backwardPlan.isDone(messages(of: index)) }

  func takeGradient(of index: Int) throws {
    try backwardPlan.wait(messages(of: index))
    for part in mine[index] { part.unpack(into: batch.gradient, row: row) }
  }

  func featuresRead() {}

  func finishBackward() throws { try backwardPlan.wait(sent..<(sent + theirs.count)) }
}
