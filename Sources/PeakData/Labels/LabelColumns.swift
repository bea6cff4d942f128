import Support

/// Where the columns of a file of labels are.
struct LabelColumns {
  let sample: Int
  let label: Int
  let featureID: Int?
  let position: LabelTable.Position?
  private let mz: Int?
  private let rt: Int?

  /// - Throws: `Failure` that names the columns that are missing.
  init(_ header: TableHeader) throws {
    // In rows copied from XCMS's table `sample` is a number, and `sample_name` the file.
    let sample = try header.optional("sample_name") ?? header.optional("sample")
    let label = try header.optional("label")
    featureID = try header.optional("feature_id")
    let pairs: [(LabelTable.Position, String, String)] = [
      (.asInTable, "mz", "rt"), (.peak, "peak_mz", "peak_rt"),
      (.feature, "m/z", "retention time"),
    ]
    var found: (LabelTable.Position, Int, Int)?
    for (position, mz, rt) in pairs where found == nil {
      if let mz = try header.optional(mz), let rt = try header.optional(rt) {
        found = (position, mz, rt)
      }
    }
    (position, mz, rt) = (found?.0, found?.1, found?.2)
    var missing: [String] = []
    if sample == nil { missing.append("\"sample\"") }
    if label == nil { missing.append("\"label\"") }
    if featureID == nil && found == nil { missing.append("\"feature_id\", or \"mz\" and \"rt\"") }
    guard let sample, let label, missing.isEmpty else {
      throw Failure(
        .badData, "columns are missing (labels): " + missing.joined(separator: "; "),
        at: header.path,
        found: header.names.prefix(8).map { "\"\($0)\"" }.joined(separator: ", "))
    }
    (self.sample, self.label) = (sample, label)
  }

  /// Adds the current row, which has a label.
  func append(_ reader: borrowing CSVReader, to table: inout LabelTable) throws {
    guard !reader.isMissing(sample) else {
      throw Failure(
        .badData, "a labelled row without a sample", at: reader.place(sample),
        expected: "the name of the raw file")
    }
    var row = LabelTable.Row(
      line: reader.line, sample: Int32(try reader.index(sample, in: &table.samples)),
      label: Int32(try reader.index(label, in: &table.labels)))
    if let featureID, !reader.isMissing(featureID) {
      row.featureID = Int32(try reader.index(featureID, in: &table.featureIDs))
    }
    table.rows.append(row)
    guard position != nil else { return }
    table.places.append(
      LabelTable.Place(
        mz: try mz.flatMap { try written(reader, $0) },
        rt: try rt.flatMap { try written(reader, $0) }))
  }

  private func written(
    _ reader: borrowing CSVReader, _ column: Int
  ) throws -> LabelTable.Written? {
    let value = try reader.number(column)
    guard value.isFinite else { return nil }
    return LabelTable.Written(value, rounding: DecimalNumber.rounding(reader.bytes(column)))
  }
}
