import Collectives
import Model
import Support

/// The part of a `FixedSum` above the ranks' own nodes: sends, receives and adds.
final class SumExchange {
  /// Bytes to receive up to which every rank adds everything, instead of a slice.
  static let directLimit = 1 << 18

  private let plan: any MessagePlan
  /// The messages of the nodes, and then those of finished slices.
  private let nodeMessages: Range<Int>
  private let sliceMessages: Range<Int>
  /// The additions: the right one is added to the left one, `slice` floats each.
  private let additions: [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)]
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
    let slices = (0..<lanes.ranks).map {
      isDirect ? 0..<count : shard(count, rank: $0, of: lanes.ranks)
    }
    let mine = slices[lanes.rank]
    let room = (mine.count + 15) / 16 * 16
    let foreign = lanes.peers.map { lanes.nodes(of: $0).count }.reduce(0, +)
    received = AlignedBuffer(count: foreign * room)
    var messages: [PlannedMessage] = []
    var all: [Node] = []
    var next = received.pointer
    for rank in 0..<lanes.ranks {
      for (index, place) in lanes.nodes(of: rank).enumerated() {
        guard rank != lanes.rank else {
          all.append(Node(place: place, start: nodes + index * stride + mine.lowerBound))
          continue
        }
        all.append(Node(place: place, start: next))
        messages.append(.receive(next, mine.count, from: rank, tag: index))
        next += room
      }
    }
    for peer in lanes.peers {
      for index in lanes.nodes(of: lanes.rank).indices {
        let start = nodes + index * stride + slices[peer].lowerBound
        messages.append(.send(start, slices[peer].count, to: peer, tag: index))
      }
    }
    nodeMessages = 0..<messages.count
    whole = isDirect ? nil : AlignedBuffer(count: count)
    if let whole { messages += Self.sharing(slices, of: whole.pointer, lanes) }
    sliceMessages = nodeMessages.upperBound..<messages.count
    slice = mine
    (additions, sum) = Self.additions(over: all)
    plan = try world.plan(messages)
  }

  /// A node of the tree and where this rank's slice of its sum is.
  private struct Node {
    var place: Range<Int>
    let start: UnsafeMutablePointer<Float>
  }

  /// Each rank's finished slice goes to all others.
  private static func sharing(
    _ slices: [Range<Int>], of whole: UnsafeMutablePointer<Float>, _ lanes: Lanes
  ) -> [PlannedMessage] {
    let mine = slices[lanes.rank]
    let receives: [PlannedMessage] = lanes.peers.map { peer in
      let slice = slices[peer]
      return .receive(whole + slice.lowerBound, slice.count, from: peer, tag: 0)
    }
    return receives
      + lanes.peers.map { PlannedMessage.send(whole + mine.lowerBound, mine.count, to: $0, tag: 0) }
  }

  /// The tree above these nodes, which cover all lanes in order.
  private static func additions(
    over nodes: [Node]
  ) -> (
    [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)],
    UnsafeMutablePointer<Float>
  ) {
    var additions: [(left: UnsafeMutablePointer<Float>, right: UnsafeMutablePointer<Float>)] = []
    var open: [Node] = []
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

extension PlannedMessage {
  static func send(
    _ floats: UnsafeMutablePointer<Float>, _ count: Int, to peer: Int, tag: Int
  ) -> PlannedMessage {
    PlannedMessage(.send, peer: peer, tag: tag, bytes: bytes(floats, count))
  }

  static func receive(
    _ floats: UnsafeMutablePointer<Float>, _ count: Int, from peer: Int, tag: Int
  ) -> PlannedMessage {
    PlannedMessage(.receive, peer: peer, tag: tag, bytes: bytes(floats, count))
  }

  private static func bytes(
    _ floats: UnsafeMutablePointer<Float>, _ count: Int
  ) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: floats, count: count * MemoryLayout<Float>.stride)
  }
}
