import Support

/// A message that goes from or to the same place again and again.
public struct PlannedMessage {
  /// What to do with the bytes.
  public enum Direction: Sendable {
    case send
    /// Their start, as much of it as `MessagePlan.send` says.
    case sendPart
    /// All of them, or fewer where the other side sends a part.
    case receive
  }

  public var direction: Direction
  public var peer: Int
  /// Tells the messages between two ranks apart: 0 … 32,766.
  public var tag: Int
  /// Must stay valid as long as the plan.
  public var bytes: UnsafeMutableRawBufferPointer

  public init(_ direction: Direction, peer: Int, tag: Int, bytes: UnsafeMutableRawBufferPointer) {
    self.direction = direction
    self.peer = peer
    self.tag = tag
    self.bytes = bytes
  }
}

/// Messages that are repeated in every step (MPI's persistent requests): set up once, so that a step
/// allocates nothing. Numbers are places in the list that the plan was made of.
///
/// A plan may only go when no message of it is under way.
public protocol MessagePlan: AnyObject {
  /// MPI_Startall of messages without `sendPart`: returns at once; the bytes are the plan's until `wait`.
  func start(_ messages: Range<Int>) throws
  /// Starts a `sendPart` with so many of its bytes (MPI_Isend).
  func send(_ message: Int, bytes: Int) throws
  /// Gives the library a chance to progress (it has no thread of its own).
  func test() throws
  /// MPI_Testall: whether these are sent and received. Ones that were not started count as done.
  func isDone(_ messages: Range<Int>) throws -> Bool
  /// MPI_Waitall, spinning: returns when these are sent and received. Ones that were not started
  /// count as done.
  func wait(_ messages: Range<Int>) throws
}

extension PlannedMessage.Direction {
  /// The MPI function that makes such a message.
  var call: String {
    switch self {
    case .send: "MPI_Send_init"
    case .sendPart: "MPI_Isend"
    case .receive: "MPI_Recv_init"
    }
  }
}

/// A plan without messages: what one rank needs.
final class EmptyPlan: MessagePlan {
  func start(_ messages: Range<Int>) {}
  func send(_ message: Int, bytes: Int) {}
  func test() {}
  func isDone(_ messages: Range<Int>) -> Bool { true }
  func wait(_ messages: Range<Int>) {}
}

extension Communicator {
  /// Checks what every backend checks of a planned message.
  func check(_ message: PlannedMessage) throws {
    let call = message.direction.call
    try checkPeer(message.peer, message.tag + 1, call)
    guard message.bytes.count > Int(Int32.max) else { return }
    throw Failure(
      .usage, "a message of this size cannot be sent", at: place(call),
      expected: "at most \(Int32.max) bytes", found: "\(message.bytes.count)",
      hint: "use a smaller --batch-size, or --parallel data")
  }
}
