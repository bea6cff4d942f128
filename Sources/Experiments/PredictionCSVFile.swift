import Glibc
import Support

/// Writes rows of cells as pandas's `to_csv` does: commas, lines that end in a line feed, quotes only
/// where they are needed, and numbers as Python's `repr`, which reads back to the same bits.
struct CSVFile: ~Copyable {
  private let path: String
  private var descriptor: Int32
  private var bytes: [UInt8] = []
  private var isRowStarted = false

  private static let comma = UInt8(ascii: ",")
  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  /// Bytes kept before they are written.
  private static let piece = 1 << 20

  /// Replaces what is in the file.
  /// - Throws: `Failure(.inputOutput)`; so do `endRow` and `close`.
  init(_ path: String) throws {
    self.path = path
    descriptor = Glibc.open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    if descriptor < 0 { throw Self.failure("opening", path, errno) }
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  mutating func integer(_ value: Int) { append(String(value)) }

  /// Empty where it is not a number.
  mutating func number(_ value: Double) { append(value.isNaN ? "" : Self.repr(value)) }

  mutating func text(_ value: String) {
    let needsQuotes = value.utf8.contains { [Self.comma, Self.quote, 0x0A, 0x0D].contains($0) }
    guard needsQuotes else { return append(value) }
    append(
      "\""
        + value.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\"")
  }

  private mutating func append(_ cell: String) {
    if isRowStarted { bytes.append(Self.comma) }
    isRowStarted = true
    bytes.append(contentsOf: cell.utf8)
  }

  mutating func endRow() throws {
    bytes.append(Self.lineFeed)
    isRowStarted = false
    if bytes.count >= Self.piece { try flush() }
  }

  mutating func close() throws {
    try flush()
    let code = Glibc.close(descriptor)
    descriptor = -1
    if code != 0 { throw Self.failure("closing", path, errno) }
  }

  private mutating func flush() throws {
    let reason = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
    bytes.removeAll(keepingCapacity: true)
    if reason != 0 { throw Self.failure("writing", path, reason) }
  }

  private static func failure(_ doing: String, _ path: String, _ reason: Int32) -> Failure {
    Failure(
      .inputOutput, "cannot be written (\(doing))", at: path,
      found: String(cString: strerror(reason)))
  }

  /// The shortest digits that read back as the same number, as Python writes them: with an exponent
  /// from 10¹⁶ on and below 10⁻⁴. Swift's own text differs where it begins the exponent: at 2⁵³.
  static func repr(_ value: Double) -> String {
    let size = value.magnitude
    guard size >= 0x1p53, size < 1e16 else { return value.description }
    return "\(Int64(value)).0"
  }
}
