import Support

extension FeatureTable {
  /// mzMine: a row is a feature, and every sample has eight columns in it (`X.mzML Peak m/z`, …),
  /// all empty or 0 where it has no such peak; times in minutes. In a folder of tables every file
  /// holds other samples, and the rows are numbered on.
  /// - Parameter rows: gets the number of rows read added.
  static func readMZmine(_ files: [String], rows: inout Int) throws -> FeatureTable {
    var table = FeatureTable(format: .mzmine, files: files, samples: [])
    var homes: [String: Int] = [:]
    for (number, path) in files.enumerated() {
      var reader = try CSVReader.open(path)
      let header = TableHeader(reader)
      let row = try MZmineRowColumns(header)
      let samples = try MZmineSampleColumns.all(in: header)
      for (name, _) in samples {
        if let home = homes.updateValue(number, forKey: name) {
          throw Failure(
            .badData, "the sample \(name) stands in two tables", at: path,
            found: "also in \(files[home])")
        }
      }
      let first = table.samples.count
      table.samples += samples.map(\.name)
      try table.appendMZmine(&reader, row, samples.map(\.columns), file: number, first)
      rows += reader.filledRows
    }
    return table
  }

  /// - Parameter poll: called every few kilobytes.
  mutating func appendMZmine(
    _ reader: inout CSVReader, _ row: MZmineRowColumns, _ samples: [MZmineSampleColumns],
    file: Int, _ firstSample: Int, poll: () throws -> Void = {}
  ) throws {
    let firstPeak = peaks.count
    var polling = PollByBytes()
    while try reader.next() {
      try polling.callAfterRow(reader, poll)
      let before = peaks.count
      for (offset, columns) in samples.enumerated() {
        guard let values = try columns.values(reader) else { continue }
        peaks.append(
          FeaturePeak(
            sample: firstSample + offset, feature: features.count, file: file, row: reader.row,
            mz: values[0], rt: values[1], rtStart: values[2], rtEnd: values[3], mzMin: values[4],
            mzMax: values[5], height: values[6], area: values[7]))
      }
      let found = peaks.count - before
      guard found > 0 else { continue }
      let mz = try reader.number(row.mz)
      let rt = try reader.number(row.rt)
      featureMz.append(contentsOf: repeatElement(mz == 0 ? .nan : mz, count: found))
      featureRT.append(contentsOf: repeatElement(rt, count: found))
      features.append(FeatureEntry(id: try row.id.map { try reader.text($0) }))
      if reader.row == 1000 { reserve(peaks.count - firstPeak, reader.progress) }
    }
  }

  /// Arrays that double while they grow would need three times their memory; what the first rows
  /// hold says how many there will be.
  private mutating func reserve(_ found: Int, _ progress: Double?) {
    guard let progress, progress > 0 else { return }
    let expected = peaks.count + Int(Double(found) * (1 / progress - 1) * 1.05)
    peaks.reserveLarge(expected)
    featureMz.reserveCapacity(expected)
    featureRT.reserveCapacity(expected)
  }
}

/// The columns of a feature in mzMine's table.
struct MZmineRowColumns {
  var mz: Int
  var rt: Int
  var id: Int?

  init(_ header: TableHeader) throws {
    let columns = try header.required(["row m/z", "row retention time"], for: .mzmine)
    (mz, rt, id) = (columns[0], columns[1], try header.optional("row ID"))
  }
}

/// The columns of one sample in mzMine's table; -1 where it has none.
struct MZmineSampleColumns {
  var columns: SIMD8<Int32>

  /// In `columns`' order; the last two may be absent.
  static let endings = [
    " Peak m/z", " Peak RT", " Peak RT start", " Peak RT end", " Peak m/z min", " Peak m/z max",
    " Peak height", " Peak area",
  ]

  /// The samples in the order of their columns `Peak m/z`, which is NeatMS's.
  static func all(in header: TableHeader) throws -> [(name: String, columns: Self)] {
    var samples: [(name: String, columns: Self)] = []
    var missing: [String] = []
    for name in header.names where name.hasSuffix(endings[0]) {
      let sample = String(name.dropLast(endings[0].count))
      let found = try endings.map { try header.optional(sample + $0) }
      missing += zip(endings, found).prefix(6).filter { $1 == nil }.map { sample + $0.0 }
      var columns = SIMD8<Int32>(repeating: -1)
      for (place, column) in found.enumerated() { columns[place] = Int32(column ?? -1) }
      samples.append((sample, Self(columns: columns)))
    }
    missing += withoutMZ(header, samples.map(\.name)).map { $0 + endings[0] }
    guard !samples.isEmpty || !missing.isEmpty else {
      throw header.lacking(["SAMPLE Peak m/z"], .mzmine)
    }
    guard missing.isEmpty else { throw header.lacking(missing, .mzmine) }
    return samples
  }

  /// Samples that have other columns which every sample needs, in the table's order.
  private static func withoutMZ(_ header: TableHeader, _ samples: [String]) -> [String] {
    var known = Set(samples)
    return header.names.compactMap { name in
      let ending = endings[1...5].first { name.hasSuffix($0) && name.count > $0.count }
      guard let ending else { return nil }
      let sample = String(name.dropLast(ending.count))
      return known.insert(sample).inserted ? sample : nil
    }
  }

  /// The eight numbers, or nil when the sample has no peak in this row: all are 0 or missing.
  ///
  /// mzMine writes 0 for what is missing, so that 0 is NaN; but a time of 0 in a peak is the start
  /// of the run.
  @inline(__always)
  func values(_ reader: borrowing CSVReader) throws -> SIMD8<Double>? {
    guard (0..<8).contains(where: { !isNothing(reader, columns[$0]) }) else { return nil }
    var values = SIMD8<Double>(repeating: .nan)
    var hasValue = false
    for place in 0..<8 where columns[place] >= 0 {
      let value = try reader.number(Int(columns[place]))
      hasValue = hasValue || !(value == 0 || value.isNaN)
      values[place] = value == 0 && !(1...3).contains(place) ? .nan : value
    }
    return hasValue ? values : nil
  }

  /// Whether the cell is plainly empty or `0`, told without reading a number.
  @inline(__always)
  private func isNothing(_ reader: borrowing CSVReader, _ column: Int32) -> Bool {
    guard column >= 0 else { return true }
    let cell = reader.bytes(Int(column))
    return cell.count == 0 || cell.count == 1 && cell[0] == 0x30
  }
}
