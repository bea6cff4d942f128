/// An all-reduce or a message under way. It must be waited for; one that is dropped waits.
public struct StartedOperation: ~Copyable {
  private let pending: any PendingOperation
  private var done = false

  init(_ pending: any PendingOperation) { self.pending = pending }

  /// Gives the library a chance to progress (it has no thread of its own); true once it is
  /// done, and whenever asked again.
  /// - Throws: `Failure` naming the call, the rank and what MPI said.
  public mutating func test() throws -> Bool {
    if !done { done = try pending.test() }
    return done
  }

  /// Returns when it is done.
  /// - Throws: `Failure` naming the call, the rank and what MPI said.
  public consuming func wait() throws {
    if !done {
      done = true
      try pending.wait()
    }
  }

  deinit { if !done { try? pending.wait() } }
}

/// What a backend gives for what it has started.
protocol PendingOperation: AnyObject {
  func test() throws -> Bool
  func wait() throws
}
