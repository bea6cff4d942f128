/// An error that a user can cause or meet, with everything one line needs: what happened, where,
/// what was expected, what was found, and what to do.
///
/// `exitCode` follows BSD's `sysexits.h`.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Exit codes of every tool of the package (`sysexits.h`).
  public enum Code: Int32, Sendable {
    case usage = 64
    case badData = 65
    case missingInput = 66
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    /// Interrupted with the state saved: run again with `--resume`.
    case interrupted = 75
  }

  public var code: Code
  /// What went wrong, in one clause: "class index out of range".
  public var what: String
  /// File, dataset, row, column or rank: "batches.h5, train/y, row 17".
  public var place: String?
  public var expected: String?
  public var found: String?
  /// What the user can do about it.
  public var hint: String?

  public init(
    _ code: Code, _ what: String, at place: String? = nil, expected: String? = nil,
    found: String? = nil, hint: String? = nil
  ) {
    self.code = code
    self.what = what
    self.place = place
    self.expected = expected
    self.found = found
    self.hint = hint
  }

  /// One or two lines: `place: what: expected …, found …` and, on the second line, the hint.
  public var description: String {
    var line = place.map { "\($0): \(what)" } ?? what
    let facts = [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap { $0 }
    if !facts.isEmpty { line += ": " + facts.joined(separator: ", ") }
    if let hint { line += "\n  \(hint)" }
    return line
  }
}

extension Failure {
  /// Any error as a failure: itself, or an internal error with its description.
  public init(wrapping error: any Error) {
    self = error as? Failure ?? Failure(.internalError, "\(error)")
  }
}
