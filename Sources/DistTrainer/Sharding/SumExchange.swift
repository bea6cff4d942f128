import Collectives
import Model
import Support

/// The part of a `FixedSum` above the ranks' own nodes: sends, receives and adds.
final class SumExchange {
  /// Bytes to receive up to which every rank adds everything, instead of a slice.
  private static let directLimit = 1 << 18

  private let plan: any MessagePlan
  /// The messages of the nodes, and then those of finished slices.
  private let nodeMessages: Range<Int>
  private let sliceMessages: Range<Int>
  /// The additions: the right one is added to the left one, `slice` floats each.
  private var additions: [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)]
  private let slice: Range<Int>
  /// Where the last addition left the slice's sum.
  private let sum: UnsafeMutablePointer<Float>
  /// The nodes of other ranks.
  private let received: AlignedBuffer
  /// All slices, where they are added by different ranks.
  private let whole: AlignedBuffer?

  /// - Parameters:
  ///   - nodes: this rank's nodes, in order, `stride` floats from one to the next.
  init(
    count: Int, lanes: Lanes, nodes: UnsafeMutablePointer<Float>, stride: Int,
    on world: any Communicator
  ) throws {
    let floats = MemoryLayout<Float>.stride
    let isDirect = (lanes.ranks - 1) * count * floats <= Self.directLimit
    func slice(of rank: Int) -> Range<Int> {
      isDirect ? 0..<count : shard(count, rank: rank, of: lanes.ranks)
    }
    func bytes(_ start: UnsafeMutablePointer<Float>, _ count: Int) -> UnsafeMutableRawBufferPointer
    {
      UnsafeMutableRawBufferPointer(start: start, count: count * floats)
    }
    let mine = slice(of: lanes.rank)
    let foreign = lanes.peers.map { lanes.nodes(of: $0).count }.reduce(0, +)
    let room = (mine.count + 15) / 16 * 16
    let received = AlignedBuffer(count: foreign * room)
    var messages: [PlannedMessage] = []
    var all: [(place: Range<Int>, start: UnsafeMutablePointer<Float>)] = []
    var next = received.pointer
    for rank in 0..<lanes.ranks {
      for (index, place) in lanes.nodes(of: rank).enumerated() {
        guard rank != lanes.rank else {
          all.append((place, nodes + index * stride + mine.lowerBound))
          continue
        }
        all.append((place, next))
        if !mine.isEmpty {
          messages.append(
            PlannedMessage(.receive, peer: rank, tag: index, bytes: bytes(next, mine.count)))
        }
        next += room
      }
    }
    for peer in lanes.peers where !slice(of: peer).isEmpty {
      let part = slice(of: peer)
      for index in lanes.nodes(of: lanes.rank).indices {
        let start = nodes + index * stride + part.lowerBound
        messages.append(
          PlannedMessage(.send, peer: peer, tag: index, bytes: bytes(start, part.count)))
      }
    }
    nodeMessages = 0..<messages.count
    let whole = isDirect ? nil : AlignedBuffer(count: count)
    if let whole {
      for peer in lanes.peers where !slice(of: peer).isEmpty {
        let part = slice(of: peer)
        messages.append(
          PlannedMessage(
            .receive, peer: peer, tag: 0,
            bytes: bytes(whole.pointer + part.lowerBound, part.count)))
      }
      for peer in lanes.peers where !mine.isEmpty {
        messages.append(
          PlannedMessage(
            .send, peer: peer, tag: 0, bytes: bytes(whole.pointer + mine.lowerBound, mine.count)))
      }
    }
    sliceMessages = nodeMessages.upperBound..<messages.count
    self.slice = mine
    self.received = received
    self.whole = whole
    (additions, sum) = Self.additions(over: all)
    plan = try world.plan(messages)
  }

  /// The tree above these nodes, which cover all lanes in order.
  private static func additions(
    over nodes: [(place: Range<Int>, start: UnsafeMutablePointer<Float>)]
  ) -> (
    [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)],
    UnsafeMutablePointer<Float>
  ) {
    var additions: [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)] = []
    var open: [(place: Range<Int>, start: UnsafeMutablePointer<Float>)] = []
    for node in nodes {
      open.append(node)
      while open.count > 1,
        let joined = Lanes.join(open[open.count - 2].place, open[open.count - 1].place)
      {
        additions.append((open[open.count - 2].start, open[open.count - 1].start))
        open.removeLast()
        open[open.count - 1].place = joined
      }
    }
    return (additions, open[0].start)
  }

  /// Collective.
  /// - Returns: the whole sum.
  func run() throws -> UnsafePointer<Float> {
    try plan.start(nodeMessages)
    try plan.wait(nodeMessages)
    for (left, right) in additions { addVector(right, to: left, count: slice.count) }
    guard let whole else { return UnsafePointer(sum) }
    (whole.pointer + slice.lowerBound).update(from: sum, count: slice.count)
    try plan.start(sliceMessages)
    try plan.wait(sliceMessages)
    return UnsafePointer(whole.pointer)
  }
}
