import Synchronization

/// What this process waits for, where `StallWatch` sees it: the collective at hand, until it returns.
///
/// Four stores to a line that no other process writes, without a clock or a system call, since a
/// training step has several waits. Only the thread that calls MPI waits, so that there is one
/// wait at a time.
enum Wait {
  /// Grows by one when a wait begins and when it ends: odd while one lasts, and another number in
  /// each.
  private static let turns = Atomic<UInt64>(0)
  /// Where the name of the last wait lies: a literal's characters, with a zero after them.
  private static let name = Atomic<UInt>(0)

  /// Runs `body`, which may wait for other ranks.
  /// - Parameter name: as messages name it: "MPI_Allreduce".
  @inline(__always)
  static func during<Result>(_ name: StaticString, _ body: () throws -> Result) rethrows -> Result {
    let turn = turns.load(ordering: .relaxed)
    Self.name.store(UInt(bitPattern: name.utf8Start), ordering: .relaxed)
    turns.store(turn + 1, ordering: .releasing)
    defer { turns.store(turn + 2, ordering: .releasing) }
    return try body()
  }

  /// The number of the turn, for any thread.
  static var turn: UInt64 { turns.load(ordering: .acquiring) }

  /// Whether a wait lasts in this turn.
  static func isWait(_ turn: UInt64) -> Bool { turn % 2 == 1 }

  /// The name of the last wait.
  static var lastName: String {
    let start = UnsafePointer<CChar>(bitPattern: name.load(ordering: .relaxed))
    return start.map { String(cString: $0) } ?? "nothing"
  }
}
