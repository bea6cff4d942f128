/// An all-reduce under way. It must be waited for; one that is dropped waits.
public struct ReductionRequest: ~Copyable {
  private let pending: any PendingReduction
  private var done = false

  init(_ pending: any PendingReduction) { self.pending = pending }

  /// Gives the library a chance to progress (it has no thread of its own); true once the result is
  /// there, and whenever asked again.
  /// - Throws: `Failure` naming the call, the rank and what MPI said.
  public mutating func test() throws -> Bool {
    if !done { done = try pending.test() }
    return done
  }

  /// Returns when the result is there.
  /// - Throws: `Failure` naming the call, the rank and what MPI said.
  public consuming func wait() throws {
    if !done {
      done = true
      try pending.wait()
    }
  }

  deinit { if !done { try? pending.wait() } }
}

/// What a backend gives for a started reduction.
protocol PendingReduction: AnyObject {
  func test() throws -> Bool
  func wait() throws
}
