import Collectives
import Model
import Support

/// The part of a `FixedSum` above the ranks' own nodes by messages: sends, receives and adds.
final class SumMessages: SumExchange {
  /// Bytes to receive up to which every rank adds everything, instead of a slice.
  static let directLimit = 1 << 18

  let nodes: UnsafeMutablePointer<Float>
  private let memory: AlignedBuffer
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
  /// Whether this rank's part of the sum under way is added.
  private var isAdded = false
  /// All slices, where they are added by different ranks.
  private let whole: AlignedBuffer?

  /// Collective over `world`.
  init(count: Int, lanes: Lanes, on world: any Communicator) throws {
    let stride = SharedSum.room(count)
    memory = AlignedBuffer(count: lanes.depth * stride)
    let nodes = memory.pointer
    self.nodes = nodes
    let floats = MemoryLayout<Float>.stride
    let isDirect = (lanes.ranks - 1) * count * floats <= Self.directLimit
    let slices = (0..<lanes.ranks).map {
      isDirect ? 0..<count : shard(count, rank: $0, of: lanes.ranks)
    }
    let mine = slices[lanes.rank]
    let room = SharedSum.room(mine.count)
    let foreign = lanes.peers.map { lanes.nodes(of: $0).count }.reduce(0, +)
    received = AlignedBuffer(count: foreign * room)
    var messages: [PlannedMessage] = []
    var all: [UnsafeMutablePointer<Float>] = []
    var next = received.pointer
    for rank in 0..<lanes.ranks {
      for index in lanes.nodes(of: rank).indices {
        guard rank != lanes.rank else {
          all.append(nodes + index * stride + mine.lowerBound)
          continue
        }
        all.append(next)
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
    additions = lanes.additions.map { (all[$0.left], all[$0.right]) }
    sum = all[0]
    plan = try world.plan(messages)
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

  func begin() throws {
    isAdded = false
    try plan.start(nodeMessages)
  }

  func progress() throws {
    if isAdded { return try plan.test() }
    if try plan.isDone(nodeMessages) { try addNodes() }
  }

  func finish() throws -> UnsafePointer<Float> {
    if !isAdded {
      try plan.wait(nodeMessages)
      try addNodes()
    }
    guard let whole else { return UnsafePointer(sum) }
    try plan.wait(sliceMessages)
    return UnsafePointer(whole.pointer)
  }

  /// The nodes are there: adds them, and starts to send the finished slice.
  private func addNodes() throws {
    isAdded = true
    for (left, right) in additions { addVector(right, to: left, count: slice.count) }
    guard let whole else { return }
    (whole.pointer + slice.lowerBound).update(from: sum, count: slice.count)
    try plan.start(sliceMessages)
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
