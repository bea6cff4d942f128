import Support

extension FeatureTable {
  /// XCMS: a row is a peak; times in seconds. Rows without a `feature_id` (or a table without that
  /// column) are features by themselves and come first, in the table's order; then the features
  /// in order of id, in each the samples in order of `sample`, in each the rows in the table's
  /// order. Ids that are all numbers are ordered as numbers.
  /// - Parameters:
  ///   - keepsXCMS: whether the table gets the columns that only XCMS has.
  ///   - rows: gets the number of rows read added.
  static func readXCMS(
    _ file: String, keepsXCMS: Bool, rows: inout Int
  ) throws -> FeatureTable {
    var reader = try CSVReader.open(file)
    var found = XCMSRows(try XCMSTableColumns(TableHeader(reader)), keepsXCMS: keepsXCMS)
    while try reader.next() {
      try found.append(reader)
      if reader.row == 1000 { found.reserve(reader.progress) }
    }
    rows += reader.filledRows
    return found.table(of: file)
  }
}

/// Where XCMS's columns are.
struct XCMSTableColumns {
  let mz: Int
  let rt: Int
  let rtMin: Int
  let rtMax: Int
  let mzMin: Int
  let mzMax: Int
  let maxo: Int
  let into: Int
  let sampleName: Int
  /// These may be absent.
  let intb: Int?
  let sn: Int?
  let rtAdjusted: Int?
  let rtMinAdjusted: Int?
  let rtMaxAdjusted: Int?
  let sample: Int?
  let featureID: Int?

  init(_ header: TableHeader) throws {
    let columns = try header.required(
      ["mz", "rt", "rtmin", "rtmax", "mzmin", "mzmax", "maxo", "into", "sample_name"], for: .xcms)
    (mz, rt, rtMin, rtMax) = (columns[0], columns[1], columns[2], columns[3])
    (mzMin, mzMax, maxo, into) = (columns[4], columns[5], columns[6], columns[7])
    sampleName = columns[8]
    intb = try header.optional("intb")
    sn = try header.optional("sn")
    rtAdjusted = try header.optional("rt_adjusted")
    rtMinAdjusted = try header.optional("rtmin_adjusted")
    rtMaxAdjusted = try header.optional("rtmax_adjusted")
    featureID = try header.optional("feature_id")
    sample = featureID == nil ? nil : try header.optional("sample")
  }
}
