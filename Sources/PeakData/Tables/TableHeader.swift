import Support

/// The columns of a table by name.
struct TableHeader {
  let path: String
  let names: [String]
  private let positions: [String: [Int]]

  init(_ reader: borrowing CSVReader) {
    path = reader.path
    names = reader.header
    positions = Dictionary(grouping: names.indices, by: { [names] in names[$0] })
  }

  /// The column of that name, or nil.
  /// - Throws: `Failure` when there are several.
  func optional(_ name: String) throws -> Int? {
    guard let found = positions[name] else { return nil }
    guard found.count == 1 else {
      throw Failure(
        .badData, "the column \"\(name)\" stands there more than once", at: path,
        expected: "every column once",
        found: "columns " + found.map { String($0 + 1) }.joined(separator: ", "))
    }
    return found[0]
  }

  /// The columns of all these names.
  /// - Throws: `Failure` that names all that are missing, and says when the header looks like that
  ///   of another format.
  func required(_ wanted: [String], for format: FeatureTableFormat) throws -> [Int] {
    let missing = wanted.filter { positions[$0] == nil }
    guard missing.isEmpty else { throw lacking(missing, format) }
    return try wanted.compactMap(optional)
  }

  /// The failure of a table of `format` that lacks columns.
  func lacking(_ missing: [String], _ format: FeatureTableFormat) -> Failure {
    let list = missing.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    let more = missing.count > 8 ? " and \(missing.count - 8) more" : ""
    let shown = names.prefix(6).map { "\"\($0)\"" }.joined(separator: ", ")
    return Failure(
      .badData, "columns are missing (format \(format.rawValue)): \(list)\(more)", at: path,
      found: shown + (names.count > 6 ? ", …" : ""), hint: otherFormatHint(than: format))
  }

  /// What to do when these columns are another program's.
  private func otherFormatHint(than format: FeatureTableFormat) -> String? {
    if names.contains(where: { $0.hasPrefix("datafile:") || $0 == "mz_range:min" }) {
      return "This looks like MZmine 3's own CSV: export again as \"CSV file (legacy MZmine 2)\"."
    }
    guard let likely = likelyFormat, likely != format else { return nil }
    return "This looks like a table of \(likely.program): --format \(likely.rawValue)"
  }

  private var likelyFormat: FeatureTableFormat? {
    func has(_ wanted: String...) -> Bool { wanted.allSatisfy { positions[$0] != nil } }
    if has("rtmin", "rtmax", "into") || has("rtmin", "sample_name") { return .xcms }
    if has("rtmin", "rtmax", "mzmin", "intensity") { return .peakonly }
    if has("row m/z") || names.contains(where: { $0.hasSuffix(" Peak m/z") }) { return .mzmine }
    return nil
  }
}

extension FeatureTableFormat {
  /// The program's name as its makers write it.
  var program: String {
    switch self {
    case .mzmine: "mzMine"
    case .xcms: "XCMS"
    case .peakonly: "peakonly"
    }
  }
}
