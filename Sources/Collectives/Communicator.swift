import Support

/// How an all-reduce combines the ranks' values.
public enum ReduceOperation: Sendable {
  case sum, max, min
}

/// The whole contract of a backend: MPI's collectives, and messages, over one group of ranks.
///
/// Counts are elements, or bytes of a raw buffer, of any length (also above 2^31). Buffers are the
/// caller's and must stay valid (and, for a started operation, untouched) until the call or its
/// `wait` returns. Every rank must make the same calls in the same order (of messages: one receives
/// what another sends), from one thread. Every method checks its arguments, and throws `Failure` naming the call, the rank and what is wrong
/// or what MPI said.
public protocol Communicator: AnyObject {
  var rank: Int { get }
  var size: Int { get }

  func barrier() throws
  /// MPI_Bcast of raw bytes.
  func broadcast(_ buffer: UnsafeMutableRawBufferPointer, root: Int) throws
  /// MPI_Allreduce in place. The result has the same bits on every rank.
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Float>, _ operation: ReduceOperation) throws
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Double>, _ operation: ReduceOperation) throws
  func allReduce(_ buffer: UnsafeMutableBufferPointer<Int64>, _ operation: ReduceOperation) throws
  /// MPI_Iallreduce (sum) in place: returns at once; `test` drives it, `wait` ends it.
  func startAllReduce(_ buffer: UnsafeMutableBufferPointer<Float>) throws -> StartedOperation
  /// MPI_Gatherv of raw bytes, uneven parts allowed. `counts` (bytes of each rank's part) must be
  /// the same on every rank; `into` (looked at on the root only) is as long as their sum.
  func gather(
    _ part: UnsafeRawBufferPointer, counts: [Int], into: UnsafeMutableRawBufferPointer?, root: Int
  ) throws
  /// MPI_Scatterv: the mirror image of `gather`.
  func scatter(
    _ whole: UnsafeRawBufferPointer?, counts: [Int], into: UnsafeMutableRawBufferPointer, root: Int
  ) throws
  /// MPI_Alltoallv of raw bytes: `sendCounts[r]` bytes go to rank r, `receiveCounts[r]` come from
  /// it; both buffers are packed in rank order.
  func allToAll(
    _ send: UnsafeRawBufferPointer, sendCounts: [Int], into: UnsafeMutableRawBufferPointer,
    receiveCounts: [Int]
  ) throws
  /// MPI_Send of raw bytes to another rank: may wait until it receives. Messages of one tag arrive
  /// in the order in which they were sent; tags are 1 … 32,767.
  func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws
  /// MPI_Recv of exactly `into.count` bytes from another rank.
  func receive(into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int) throws
  /// MPI_Isend: `send` that returns at once; `wait` of what comes back ends it. Any call of this
  /// communicator drives it.
  func startSend(
    _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int
  ) throws -> StartedOperation
  /// MPI_Irecv: `receive` that returns at once.
  func startReceive(
    into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
  ) throws -> StartedOperation
  /// MPI_Iprobe: a rank whose message of this tag has arrived, nil when there is none. Takes well
  /// under a microsecond.
  func sender(tag: Int) throws -> Int?
  /// Messages to be repeated: each rank's list must hold what the others' lists expect. Use a
  /// communicator of its own (`split`), where no other message is under way.
  func plan(_ messages: [PlannedMessage]) throws -> any MessagePlan
  /// MPI_Comm_split_type(SHARED): the ranks of this rank's host, in rank order.
  ///
  /// A communicator frees itself (MPI_Comm_free) when its last reference goes; let that be at the
  /// same point of the program on all of its ranks.
  func splitByHost() throws -> any Communicator
  /// MPI_Comm_split: ranks with the same colour, in rank order; a negative colour gets nil.
  func split(colour: Int) throws -> (any Communicator)?
  /// MPI_Abort: ends every rank of the job at once with `code` as exit code.
  func abort(_ code: Int32) -> Never
}
