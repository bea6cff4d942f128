import Foundation
import Support

/// What a child hands over: eight bytes with the length of a JSON text, lowest first; the text; then
/// the arrays it announces, as single-precision numbers.
package enum IsolatedMessage<Result: IsolatedResult> {
  private struct Head: Codable {
    var result: Result?
    var failure: HandedFailure?
    /// The lengths of the arrays.
    var lengths: [Int] = []
  }

  /// The longest JSON text: a network's layers and names take a few kilobytes.
  private static var headLimit: Int { 64 << 20 }

  package static func encode(_ result: Result) throws -> [UInt8] {
    var result = result
    let arrays = result.detachArrays()
    let head = try JSONEncoder().encode(Head(result: result, lengths: arrays.map(\.count)))
    var bytes = prefix(head)
    bytes.reserveCapacity(bytes.count + arrays.reduce(0) { $0 + 4 * $1.count })
    for array in arrays { array.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }

  static func encode(failure error: any Error, _ request: IsolatedRequest) -> [UInt8] {
    let head = Head(failure: HandedFailure(Failure(wrapping: error), request))
    // Without a message the parent says that reading crashed.
    guard let text = try? JSONEncoder().encode(head) else { return [] }
    return prefix(text)
  }

  private static func prefix(_ head: Data) -> [UInt8] {
    withUnsafeBytes(of: UInt64(head.count).littleEndian) { Array($0) } + head
  }

  /// Takes a message apart, trusting nothing in it.
  /// - Throws: the `Failure` that it holds; `.badData` when it is not such a message, or holds what
  ///   `Result.check` refuses.
  package static func decode(_ bytes: [UInt8], reading path: String) throws -> Result {
    guard bytes.count >= 8 else { throw nonsense(path, "no message") }
    let headCount = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard headCount <= UInt64(min(headLimit, bytes.count - 8)) else {
      throw nonsense(path, "a message of another length")
    }
    let start = 8 + Int(headCount)
    guard let head = try? JSONDecoder().decode(Head.self, from: Data(bytes[8..<start])) else {
      throw nonsense(path, "a message that cannot be read")
    }
    if let failure = head.failure { throw failure.failure }
    guard var result = head.result else { throw nonsense(path, "neither a result nor a reason") }
    try result.attach(arrays(bytes[start...], head.lengths, path))
    try result.check(at: path)
    return result
  }

  private static func arrays(
    _ bytes: ArraySlice<UInt8>, _ lengths: [Int], _ path: String
  ) throws -> [[Float]] {
    var rest = bytes
    let arrays = try lengths.map { length in
      guard length >= 0, length <= rest.count / 4 else {
        throw nonsense(path, "arrays of another length")
      }
      defer { rest = rest.dropFirst(4 * length) }
      return [Float](unsafeUninitializedCapacity: length) { buffer, count in
        _ = rest.prefix(4 * length).withUnsafeBytes { source in
          source.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
        }
        count = length
      }
    }
    guard rest.isEmpty else { throw nonsense(path, "more than was announced") }
    return arrays
  }

  private static func nonsense(_ path: String, _ found: String) -> Failure {
    Failure(
      .badData, "is damaged or hostile: what came of reading it makes no sense", at: path,
      found: found)
  }
}

/// A `Failure` on its way, with the texts made fit for a terminal: they may hold what a file says.
struct HandedFailure: Codable {
  var code: Int32
  var what: String
  var place: String?
  var expected: String?
  var found: String?
  var hint: String?

  init(_ failure: Failure, _ request: IsolatedRequest) {
    var failure = failure
    if failure.code == .badData, failure.found?.contains("alloc") == true {
      // HDF5's words for memory that it did not get.
      let words = failure.found
      let limits = (try? IsolationLimits(request)) ?? IsolationLimits(fileSize: 0)
      failure = IsolatedEnd.tooMuchMemory(limits.bytes).failure(request.path)
      failure.found = words
    }
    code = failure.code.rawValue
    (what, place, expected) = (failure.what, failure.place, failure.expected)
    (found, hint) = (failure.found, failure.hint)
  }

  var failure: Failure {
    Failure(
      Failure.Code(rawValue: code) ?? .badData, what.forTerminal(), at: place?.forTerminal(),
      expected: expected?.forTerminal(), found: found?.forTerminal(),
      hint: hint?.forTerminal(keepingLines: true))
  }
}

extension String {
  /// The longest text of a file that is shown.
  private static let longest = 2000

  /// Whether a terminal would obey it: control characters, and those that turn the writing around.
  package var hasControls: Bool { unicodeScalars.contains { $0.isControl } }

  /// Cut short, with a question mark for every control character.
  package func forTerminal(keepingLines: Bool = false) -> String {
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(Self.longest) {
      text.append(scalar.isControl && !(keepingLines && scalar == "\n") ? "?" : scalar)
    }
    return String(text)
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
