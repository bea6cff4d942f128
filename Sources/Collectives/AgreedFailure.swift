import Foundation
import Support

/// A failure that every rank of the world throws in the same step. Rank 0 alone tells it, and the
/// ranks end together, in order (`MPIEnvironment.withWorld`); any other error ends the job by
/// MPI_Abort.
public struct AgreedFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public let failure: Failure

  public init(_ failure: Failure) { self.failure = failure }

  public var description: String { failure.description }
}

extension Communicator {
  /// Collective: when one rank or more pass a failure, every rank throws that of the lowest of them
  /// as the same `AgreedFailure` (its place names the rank, unless that is rank 0).
  public func agree(_ failure: Failure?) throws {
    if let first = try firstFailure(failure) { throw AgreedFailure(first) }
  }

  /// Collective: every rank runs `body`; when it throws on one rank or more, every rank throws the
  /// same `AgreedFailure`. `body` may call collectives of this communicator only if an error cannot
  /// keep a rank from calling them.
  public func agree<Result>(_ body: () throws -> Result) throws -> Result {
    var result: Result?
    var failure: Failure?
    do { result = try body() } catch {
      failure = (error as? AgreedFailure)?.failure ?? Failure(wrapping: error)
    }
    if let first = try firstFailure(failure) { throw AgreedFailure(first) }
    guard let result else { throw Failure(.internalError, "no result and no failure") }
    return result
  }

  /// The failure of the lowest rank that has one, the same on every rank; nil when none has.
  func firstFailure(_ own: Failure?) throws -> Failure? {
    guard size > 1 else { return own }
    var lowest = Int64(own == nil ? size : rank)
    try withUnsafeMutablePointer(to: &lowest) {
      try allReduce(UnsafeMutableBufferPointer(start: $0, count: 1), .min)
    }
    guard lowest < size else { return nil }
    let teller = Int(lowest)
    var bytes = Data()
    if rank == teller, let own { bytes = try JSONEncoder().encode(StoredFailure(own, of: rank)) }
    var count = Int64(bytes.count)
    try withUnsafeMutableBytes(of: &count) { try broadcast($0, root: teller) }
    if rank != teller { bytes = Data(count: Int(count)) }
    try bytes.withUnsafeMutableBytes { try broadcast($0, root: teller) }
    return try JSONDecoder().decode(StoredFailure.self, from: bytes).failure
  }
}

extension Failure {
  /// The same with the rank in its place, unless that is rank 0.
  public func of(rank: Int) -> Failure {
    var named = self
    if rank > 0 { named.place = "rank \(rank)" + (place.map { ", \($0)" } ?? "") }
    return named
  }
}

/// A failure on its way to the other ranks.
private struct StoredFailure: Codable {
  var code: Int32
  var what: String
  var place: String?
  var expected: String?
  var found: String?
  var hint: String?

  init(_ failure: Failure, of rank: Int) {
    let failure = failure.of(rank: rank)
    code = failure.code.rawValue
    what = failure.what
    place = failure.place
    expected = failure.expected
    found = failure.found
    hint = failure.hint
  }

  var failure: Failure {
    Failure(
      Failure.Code(rawValue: code) ?? .internalError, what, at: place, expected: expected,
      found: found, hint: hint)
  }
}
