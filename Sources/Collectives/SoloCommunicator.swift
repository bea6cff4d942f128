import Foundation
import Support

/// A group of one rank, without MPI: real collectives with the same argument checks, so that what
/// works here is right under MPI too.
public final class SoloCommunicator: Communicator {
  public let rank = 0
  public let size = 1

  public init() {}

  public func barrier() {}

  public func broadcast(_ buffer: UnsafeMutableRawBufferPointer, root: Int) throws {
    try checkRoot(root, "MPI_Bcast")
  }

  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ operation: ReduceOperation
  ) {}
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Double>, _ operation: ReduceOperation
  ) {}
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Int64>, _ operation: ReduceOperation
  ) {}

  public func startAllReduce(_ buffer: UnsafeMutableBufferPointer<Float>) -> StartedOperation {
    StartedOperation(Complete())
  }

  /// A sum over one rank is there from the start.
  private final class Complete: PendingOperation {
    func test() -> Bool { true }
    func wait() {}
  }

  public func gather(
    _ part: UnsafeRawBufferPointer, counts: [Int], into: UnsafeMutableRawBufferPointer?, root: Int
  ) throws {
    try checkGather(part, counts, into, root)
    into?.copyMemory(from: part)
  }

  public func scatter(
    _ whole: UnsafeRawBufferPointer?, counts: [Int], into: UnsafeMutableRawBufferPointer, root: Int
  ) throws {
    try checkScatter(whole, counts, into, root)
    if let whole { into.copyMemory(from: whole) }
  }

  public func allToAll(
    _ send: UnsafeRawBufferPointer, sendCounts: [Int], into: UnsafeMutableRawBufferPointer,
    receiveCounts: [Int]
  ) throws {
    try checkAllToAll(send, sendCounts, into, receiveCounts)
    into.copyMemory(from: send)
  }

  /// There is no other rank: throws.
  public func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws {
    try checkPeer(peer, tag, "MPI_Send")
  }

  /// There is no other rank: throws.
  public func receive(
    into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
  ) throws {
    try checkPeer(peer, tag, "MPI_Recv")
  }

  public func sender(tag: Int) throws -> Int? {
    try checkTag(tag, "MPI_Iprobe")
    return nil
  }

  /// There is no other rank: throws.
  public func startSend(
    _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int
  ) throws -> StartedOperation {
    try checkPeer(peer, tag, "MPI_Isend")
    return StartedOperation(Complete())
  }

  /// There is no other rank: throws.
  public func startReceive(
    into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
  ) throws -> StartedOperation {
    try checkPeer(peer, tag, "MPI_Irecv")
    return StartedOperation(Complete())
  }

  /// There is no other rank: throws unless the list is empty.
  public func plan(_ messages: [PlannedMessage]) throws -> any MessagePlan {
    for message in messages { try check(message) }
    return EmptyPlan()
  }

  public func splitByHost() -> any Communicator { SoloCommunicator() }

  public func split(colour: Int) throws -> (any Communicator)? {
    try checkColour(colour)
    return colour < 0 ? nil : SoloCommunicator()
  }

  public func abort(_ code: Int32) -> Never { exit(code) }
}
