import Support

extension Communicator {
  /// Collective: does `count` independent tasks on whichever rank is free, in the order of their
  /// numbers. Rank 0 holds the tasks, hands them out, takes the results, and works itself as well,
  /// so that one rank is a plain loop and two both compute. No rank waits for another before its
  /// own task is done: while many tasks are left, each rank has its next one before that, and its
  /// result travels while it works on. Waiting ranks leave their core to others.
  ///
  /// - Parameters:
  ///   - count: how many tasks there are; looked at on rank 0 only.
  ///   - first: on rank 0, what it does before tasks of its own, while the others are at theirs. It
  ///     calls `poll` as `work` does, and fails as a task does.
  ///   - task: on rank 0, what a rank needs to know of a task: any bytes, of any length.
  ///   - work: does a task, on any rank. Call `poll` several times a millisecond: on rank 0 it serves
  ///     the other ranks, which wait meanwhile; on the others it learns that the farm has failed. It
  ///     may be called far more often: it looks at messages five times a millisecond. Let what `poll`
  ///     throws pass.
  ///   - collect: on rank 0, takes each result once, in the order in which they are done.
  /// - Throws: when one of the closures throws on a rank: the same `AgreedFailure` on every rank, as
  ///   soon as each has finished its task or called `poll`. `Failure` where messages fail.
  public func farm(
    count: Int, first: (_ poll: () throws -> Void) throws -> Void = { _ in },
    task: (_ index: Int) throws -> [UInt8],
    work: (_ index: Int, _ task: [UInt8], _ poll: () throws -> Void) throws -> [UInt8],
    collect: (_ index: Int, _ result: [UInt8]) throws -> Void
  ) throws {
    guard rank == 0 else { return try agree(FarmWorker(self).run(work)) }
    let failure = try withoutActuallyEscaping(task) { task in
      try withoutActuallyEscaping(collect) { collect in
        try FarmRoot(self, count: count, task: task, collect: collect).run(first, work)
      }
    }
    try agree(failure)
  }
}

typealias FarmWork = (_ index: Int, _ task: [UInt8], _ poll: () throws -> Void) throws -> [UInt8]

/// Thrown by `poll` when the farm has failed elsewhere: ends the task at hand.
struct FarmStopped: Error {}

/// The messages between rank 0 and the others: a header, and where its length is above zero, as many
/// bytes.
struct FarmMessage: BitwiseCopyable {
  enum Kind: Int64 {
    // To rank 0.
    case idle = 1
    case result, failed
    // From rank 0.
    case task, leave
  }

  var kind: Int64
  var index: Int64 = 0
  var bytes: Int64 = 0
  /// Of `leave`: a message with `hurryTag` was sent.
  var isHurried: Int64 = 0

  init(_ kind: Kind, index: Int = 0, isHurried: Bool = false) {
    self.kind = kind.rawValue
    self.index = Int64(index)
    self.isHurried = isHurried ? 1 : 0
  }

  static let reportTag = 1
  static let replyTag = 2
  /// Tells a working rank that the farm has failed.
  static let hurryTag = 3
  /// The bytes of which a report tells, which rank 0 receives while it works.
  static let resultTag = 4

  static func send(
    _ header: FarmMessage, _ payload: [UInt8] = [], to peer: Int, tag: Int,
    _ world: any Communicator
  ) throws {
    var header = header
    header.bytes = Int64(payload.count)
    try withUnsafeBytes(of: header) { try world.send($0, to: peer, tag: tag) }
    if !payload.isEmpty {
      try payload.withUnsafeBytes { try world.send($0, to: peer, tag: tag) }
    }
  }

  /// - Parameter withPayload: false where the payload is a message of its own.
  static func receive(
    from peer: Int, tag: Int, _ world: any Communicator, withPayload: Bool = true
  ) throws -> (header: FarmMessage, payload: [UInt8]) {
    var header = FarmMessage(.idle)
    try withUnsafeMutableBytes(of: &header) { try world.receive(into: $0, from: peer, tag: tag) }
    let count = Int(header.bytes)
    guard withPayload, count > 0 else { return (header, []) }
    let payload = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      try world.receive(into: UnsafeMutableRawBufferPointer(buffer), from: peer, tag: tag)
      filled = count
    }
    return (header, payload)
  }
}
