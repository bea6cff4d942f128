import Support

/// Rows of one of mzMine's tables.
struct MZmineRows: TableRows {
  private let row: MZmineRowColumns
  private let columns: [MZmineSampleColumns]
  private var table: FeatureTable

  /// - Throws: `Failure(.badData)` where columns are missing or stand there twice.
  init(_ header: TableHeader) throws {
    row = try MZmineRowColumns(header)
    let samples = try MZmineSampleColumns.all(in: header)
    columns = samples.map(\.columns)
    table = FeatureTable(format: .mzmine, files: [header.path], samples: samples.map(\.name))
  }

  mutating func read(_ reader: inout CSVReader, poll: () throws -> Void) throws {
    try table.appendMZmine(&reader, row, columns, file: 0, 0, poll: poll)
  }

  mutating func write(to writer: inout ByteWriter) {
    writer.reserve(table.peaks.count * (MemoryLayout<FeaturePeak>.stride + 16) + (1 << 16))
    writer.write(table.peaks)
    writer.write(table.featureMz)
    writer.write(table.featureRT)
    writer.write(Int64(table.features.count))
    for feature in table.features { writer.write(feature.id) }
    table.peaks.removeAll(keepingCapacity: true)
    table.featureMz.removeAll(keepingCapacity: true)
    table.featureRT.removeAll(keepingCapacity: true)
    table.features.removeAll(keepingCapacity: true)
  }

  mutating func add(
    from reader: inout ByteReader, behind rows: Int, _: inout WriterNames
  ) throws {
    let firstFeature = table.features.count
    for var peak in try reader.readArray(FeaturePeak.self) {
      peak.feature += firstFeature
      peak.row += rows
      table.peaks.append(peak)
    }
    table.featureMz += try reader.readArray()
    table.featureRT += try reader.readArray()
    for _ in 0..<(try reader.read(Int64.self)) {
      table.features.append(FeatureEntry(id: try reader.readOptionalString()))
    }
  }

  mutating func reserve(_ progress: Double?) {
    guard let progress, progress > 0 else { return }
    let expected = Int(Double(table.peaks.count) / progress * 1.05)
    table.peaks.reserveLarge(expected)
    table.featureMz.reserveCapacity(expected)
    table.featureRT.reserveCapacity(expected)
  }

  mutating func table(of path: String) -> FeatureTable { table }
}
