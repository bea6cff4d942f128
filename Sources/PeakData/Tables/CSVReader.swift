import Glibc
import Support

/// A strict RFC 4180 reader that goes through a file once: any size in a fixed buffer, no text made
/// of a cell that nobody asks for.
///
/// Commas; quotes around a cell, doubled inside it; LF, CRLF or CR; a UTF-8 mark at the start is
/// skipped; so are blank lines. A quote inside an unquoted cell, text after a closing quote, an
/// unclosed quote, a row of another width than the header and more than 100,000 columns are errors
/// with their line.
struct CSVReader: ~Copyable {
  /// The names of the columns, without spaces around them.
  private(set) var header: [String] = []
  /// The row last read, from 1; the header does not count.
  private(set) var row = 0
  /// How many rows were read that hold anything.
  private(set) var filledRows = 0
  /// The line of the file at which it starts, from 1.
  private(set) var line = 1

  private var file: FileWindow
  private var nextLine = 1
  /// Where each cell of the row starts and ends in the file's window, without its quotes.
  private var bounds: UnsafeMutablePointer<(start: Int32, end: Int32)>
  private var boundsCapacity = 256
  private var count = 0

  /// A row that is longer is taken for a quote that nobody closed.
  static let longestRow = 16 << 20
  /// mzMine's tables have eight columns a sample: this is over 12,000 samples.
  static let mostColumns = 100_000

  /// Opens a file and reads its header.
  /// - Throws: `Failure`: no such file, not text, no header, or as for rows.
  static func open(_ path: String) throws -> CSVReader {
    var reader = CSVReader(try FileWindow(path, limit: longestRow))
    try reader.readHeader()
    return reader
  }

  private init(_ file: consuming FileWindow) {
    self.file = file
    bounds = .allocate(capacity: boundsCapacity)
  }

  deinit { bounds.deallocate() }

  var path: String { file.path }

  /// The share of the file or range that is read, 0 … 1; nil where its size is unknown.
  var progress: Double? { file.progress }

  /// Where the next row starts in the file.
  var offset: Int { file.offset }
  var stamp: FileStamp { file.stamp }

  /// Where the first line of the file starts that starts at `offset` or behind it.
  func lineStart(from offset: Int) throws -> Int { try file.lineStart(from: offset) }

  /// Goes on with the rows of a range of the file, of which rows and lines are counted anew. A range
  /// that starts or ends inside a row is not noticed unless it ends inside a quoted cell, which is
  /// then never closed.
  mutating func move(to range: Range<Int>) throws {
    try file.move(to: range)
    (row, filledRows, line, nextLine) = (0, 0, 1, 1)
  }

  private mutating func readHeader() throws {
    _ = try file.refill()
    let (bytes, filled) = (file.bytes, file.filled)
    if filled >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { file.position = 3 }
    // The mark of UTF-16 is FF FE or FE FF.
    let isWide = filled >= 2 && bytes[0] ^ bytes[1] == 0x01 && bytes[0] | bytes[1] == 0xFF
    let isZipped = filled >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    if isWide || isZipped || (0..<min(filled, 512)).contains(where: { bytes[$0] == 0 }) {
      throw Failure(
        .badData, "is not plain text", at: path, expected: "a CSV file in UTF-8",
        hint: isWide
          ? "It is UTF-16: save it as \"CSV UTF-8\"."
          : isZipped ? "It is compressed: unpack it with gunzip." : nil)
    }
    guard try nextRecord() else {
      throw Failure(.badData, "is empty", at: path, expected: "a header and rows")
    }
    header.reserveCapacity(count)
    for column in 0..<count { header.append(try text(column)) }
    try refuseOtherSeparators()
  }

  private func refuseOtherSeparators() throws {
    guard header.count == 1, let name = header.first else { return }
    for (mark, word) in [(";", "semicolons"), ("\t", "tabs")] where name.contains(mark) {
      throw separated(by: word)
    }
  }

  private func separated(by word: String) -> Failure {
    Failure(
      .badData, "its columns are separated by \(word)", at: path, expected: "commas",
      hint: "Save it again as comma-separated values, with a point in decimal numbers.")
  }

  /// Reads the next row; rows of nothing but empty cells are counted and skipped.
  /// - Returns: false at the end of the file.
  /// - Throws: `Failure` with the line of the row.
  mutating func next() throws -> Bool {
    while try nextRecord() {
      guard row < Int32.max else { throw Failure(.badData, "has over two billion rows", at: path) }
      row += 1
      if count != header.count { try checkWidth() }
      if isEmptyRow { continue }
      filledRows += 1
      return true
    }
    return false
  }

  private var isEmptyRow: Bool {
    for column in 0..<count where bounds[column].end > bounds[column].start { return false }
    return true
  }

  /// Trailing cells may be missing or too many where they have neither a name nor a value.
  private func checkWidth() throws {
    if count < header.count, header[count...].allSatisfy(\.isEmpty) { return }
    if count > header.count,
      (header.count..<count).allSatisfy({ bounds[$0].start == bounds[$0].end })
    {
      return
    }
    throw Failure(
      .badData, "the row has another width than the header", at: "\(path), line \(line)",
      expected: "\(header.count) cells", found: "\(count)",
      hint: count == header.count + 1
        ? "R's write.table leaves out a name for the row names: use write.csv." : nil)
  }

  // MARK: Records

  private enum Scan { case record, incomplete, end }

  /// The next record that is not a blank line.
  private mutating func nextRecord() throws -> Bool {
    while true {
      line = nextLine
      var lines = 0
      switch try scan(&lines) {
      case .record:
        nextLine += lines
        if count > 1 || !isBlank(0) { return true }
      case .incomplete:
        guard try file.refill() else {
          throw Failure(
            .badData, "a row is longer than \(Self.longestRow >> 20) MB",
            at: "\(path), line \(line)",
            hint: "A quote that is never closed does this.")
        }
      case .end:
        return false
      }
    }
  }

  /// Finds the cells of the record at `position`, and moves that behind it.
  private mutating func scan(_ lines: inout Int) throws -> Scan {
    let (bytes, end) = (UnsafePointer(file.bytes), file.filled)
    var p = file.position
    if p == end { return file.hasEnded ? .end : .incomplete }
    count = 0
    while true {
      if p < end, bytes[p] == Byte.quote {
        guard let close = try closingQuote(of: p, &lines) else { return .incomplete }
        try append(p + 1, close)
        p = close + 1
      } else {
        let start = p
        p = endOfPlainCell(bytes, p, end)
        try append(start, p)
      }
      guard p < end else {
        guard file.hasEnded else { return .incomplete }
        file.position = p
        return .record
      }
      switch bytes[p] {
      case Byte.comma: p += 1
      case Byte.newline:
        lines += 1
        file.position = p + 1
        return .record
      case Byte.carriageReturn:
        guard p + 1 < end || file.hasEnded else { return .incomplete }
        lines += 1
        file.position = p + 1 < end && bytes[p + 1] == Byte.newline ? p + 2 : p + 1
        return .record
      default: throw strayQuote(at: p)
      }
    }
  }

  /// The first byte that ends an unquoted cell. Digits, points and letters all lie above the comma.
  @inline(__always)
  private func endOfPlainCell(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
    // Where a sample has no peak, mzMine's cells are of one digit.
    if start + 1 < end, bytes[start + 1] == Byte.comma, bytes[start] > Byte.comma {
      return start + 1
    }
    var p = start
    while p + 8 <= end {
      let low = Byte.upToComma(in: UnsafeRawPointer(bytes + p).loadUnaligned(as: UInt64.self))
      p += low.trailingZeroBitCount / 8
      if low != 0 {
        if Byte.endsPlainCell(bytes[p]) { return p }
        p += 1
      }
    }
    while p < end, !Byte.endsPlainCell(bytes[p]) { p += 1 }
    return p
  }

  /// Where the cell that opens at `open` closes; nil when that is beyond the buffer.
  private func closingQuote(of open: Int, _ lines: inout Int) throws -> Int? {
    let (bytes, end) = (file.bytes, file.filled)
    var p = open + 1
    while p < end {
      if bytes[p] == Byte.newline { lines += 1 }
      if bytes[p] == Byte.quote {
        if p + 1 < end, bytes[p + 1] == Byte.quote {
          p += 1
        } else if p + 1 < end || file.hasEnded {
          return p
        } else {
          return nil
        }
      }
      p += 1
    }
    if file.hasEnded {
      throw Failure(.badData, "a quoted cell is never closed", at: "\(path), line \(line)")
    }
    return nil
  }

  /// The failure of a byte that may not stand there: one behind a closing quote, or a quote inside
  /// an unquoted cell. In a header it mostly shows what separates a file whose names are quoted, as
  /// R writes them.
  private func strayQuote(at p: Int) -> Failure {
    let step = file.bytes[p] == Byte.quote ? -1 : 1
    var mark = step < 0 ? p - 1 : p
    let start = mark
    let held = file.position..<file.filled
    while held.contains(mark), file.bytes[mark] == Byte.space { mark += step }
    if header.isEmpty, held.contains(mark) {
      switch file.bytes[mark] {
      case Byte.semicolon: return separated(by: "semicolons")
      case Byte.tab: return separated(by: "tabs")
      case let byte where mark != start && byte != Byte.comma && (step < 0 || byte == Byte.quote):
        return separated(by: "spaces")
      default: break
      }
    }
    return Failure(
      .badData, "a quote stands where none may be", at: "\(path), line \(line), cell \(count)",
      expected: "a cell that is quoted as a whole, with quotes inside it doubled")
  }

  @inline(__always)
  private mutating func append(_ start: Int, _ end: Int) throws {
    if count == boundsCapacity { try growBounds() }
    bounds[count] = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: end))
    count += 1
  }

  private mutating func growBounds() throws {
    guard count < Self.mostColumns else {
      throw Failure(
        .badData, "has too many columns", at: "\(path), line \(line)",
        expected: "at most \(Self.mostColumns)", found: "more")
    }
    let capacity = min(boundsCapacity * 2, Self.mostColumns)
    let larger = UnsafeMutablePointer<(start: Int32, end: Int32)>.allocate(capacity: capacity)
    larger.moveInitialize(from: bounds, count: boundsCapacity)
    bounds.deallocate()
    bounds = larger
    boundsCapacity = capacity
  }
}

// MARK: Cells of the current row

extension CSVReader {
  /// The bytes of a cell, without quotes around it; valid until the next row is read. Empty where
  /// the row is shorter.
  @inline(__always)
  func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
    guard column < count else { return UnsafeBufferPointer(start: nil, count: 0) }
    let (start, end) = bounds[column]
    return UnsafeBufferPointer(start: file.bytes + Int(start), count: Int(end - start))
  }
}
