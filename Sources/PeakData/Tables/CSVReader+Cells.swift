import Support

extension CSVReader {
  /// Whether the cell holds spaces at most.
  func isBlank(_ column: Int) -> Bool {
    bytes(column).allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// Whether the cell is empty or one of the words that pandas takes for a missing value, of which
  /// `NA` and `NaN` are what R and Python write. Spaces around it do not count.
  func isMissing(_ column: Int) -> Bool {
    var cell = bytes(column)[...]
    while let first = cell.first, first == 0x20 || first == 0x09 { cell.removeFirst() }
    while let last = cell.last, last == 0x20 || last == 0x09 { cell.removeLast() }
    guard let first = cell.first else { return true }
    switch first {
    case UInt8(ascii: "N"), UInt8(ascii: "n"), UInt8(ascii: "#"), UInt8(ascii: "-"),
      UInt8(ascii: "1"), UInt8(ascii: "<"):
      return (2...8).contains(cell.count) && missingWords.contains { cell.elementsEqual($0) }
    default: return false
    }
  }

  /// A number; NaN where the cell is missing.
  /// - Throws: `Failure` with line and column when it is anything else.
  @inline(__always)
  func number(_ column: Int) throws -> Double {
    try DecimalNumber.parse(bytes(column)) ?? otherNumber(column)
  }

  /// A number of a column that may be absent (nil): NaN then.
  func number(_ column: Int?) throws -> Double {
    guard let column else { return .nan }
    return try number(column)
  }

  private func otherNumber(_ column: Int) throws -> Double {
    if isMissing(column) { return .nan }
    let word = try text(column)
    switch word.lowercased() {
    case "inf", "+inf", "infinity", "+infinity": return .infinity
    case "-inf", "-infinity": return -.infinity
    default: break
    }
    let isComma = word.contains(",") && !word.contains(".")
    throw Failure(
      .badData, "is not a number", at: place(column), expected: "a number",
      found: "\"\(word.prefix(40))\"",
      hint: isComma ? "Decimal numbers are written with a point." : nil)
  }

  /// A text without the spaces around it.
  /// - Throws: `Failure` when it is not UTF-8.
  func text(_ column: Int) throws -> String {
    let cell = bytes(column)
    if Self.isPlain(cell) { return String(decoding: cell, as: UTF8.self) }
    guard let text = String(validating: cell, as: UTF8.self) else {
      throw Failure(
        .badData, "is not UTF-8", at: place(column),
        found: "\"\(String(decoding: cell.prefix(40), as: UTF8.self))\"",
        hint: "Save the table as \"CSV UTF-8\".")
    }
    let whole = cell.contains(UInt8(ascii: "\"")) ? text.replacing("\"\"", with: "\"") : text
    return whole.trimmingSpaces
  }

  /// The index of the cell's text among `names`, to which it is added if it is new.
  /// - Throws: `Failure` when it is not UTF-8.
  func index(_ column: Int, in names: inout NameTable) throws -> Int {
    if let known = names.find(cell: bytes(column)) { return known }
    return names.index(of: try text(column))
  }

  /// Whether a cell is ASCII without quotes, spaces and tabs, as most are: its text is its bytes.
  private static func isPlain(_ cell: UnsafeBufferPointer<UInt8>) -> Bool {
    cell.allSatisfy {
      $0 > UInt8(ascii: " ") && $0 < 0x7F && $0 != UInt8(ascii: "\"")
    }
  }

  /// `table.csv, line 17, column "rtmin"`.
  func place(_ column: Int) -> String {
    let name = column < header.count ? header[column] : ""
    return "\(path), line \(line), column " + (name.isEmpty ? "\(column + 1)" : "\"\(name)\"")
  }
}

/// pandas' default `na_values`. `isMissing` knows their first letters and lengths.
private let missingWords: [[UInt8]] = [
  "NA", "NaN", "nan", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND",
  "1.#QNAN", "<NA>", "N/A", "NULL", "n/a", "null",
].map { Array($0.utf8) }

extension StringProtocol {
  /// Without spaces and tabs at both ends.
  var trimmingSpaces: String {
    guard let first = firstIndex(where: { $0 != " " && $0 != "\t" }),
      let last = lastIndex(where: { $0 != " " && $0 != "\t" })
    else { return "" }
    return String(self[first...last])
  }
}
