import Support

extension FeatureTable {
  /// XCMS: a row is a peak; times in seconds. Rows without a `feature_id` (or a table without that
  /// column) are features by themselves and come first, in the table's order; then the features
  /// in order of id, in each the samples in order of `sample`, in each the rows in the table's
  /// order. Ids that are all numbers are ordered as numbers.
  /// - Parameter rows: gets the number of rows read added.
  static func readXCMS(_ file: String, rows: inout Int) throws -> FeatureTable {
    var reader = try CSVReader.open(file)
    var found = XCMSRows(try XCMSTableColumns(TableHeader(reader)))
    while try reader.next() { try found.append(&reader) }
    rows += reader.filledRows
    return found.table(of: file)
  }
}

/// Where XCMS's columns are.
struct XCMSTableColumns {
  /// `mz`, `rt`, `rtmin`, `rtmax`, `mzmin`, `mzmax`, `maxo`, `into`.
  let peak: [Int]
  /// `intb`, `sn`, `rt_adjusted`, `rtmin_adjusted`, `rtmax_adjusted`, each if it is there.
  let more: [Int?]
  let sampleName: Int
  let sample: Int?
  let featureID: Int?

  init(_ header: TableHeader) throws {
    let names = ["mz", "rt", "rtmin", "rtmax", "mzmin", "mzmax", "maxo", "into", "sample_name"]
    let columns = try header.required(names, for: .xcms)
    peak = Array(columns.dropLast())
    sampleName = columns[8]
    more = try ["intb", "sn", "rt_adjusted", "rtmin_adjusted", "rtmax_adjusted"].map(
      header.optional)
    featureID = try header.optional("feature_id")
    sample = featureID == nil ? nil : try header.optional("sample")
  }
}

/// XCMS's rows in the table's order, and what orders them.
private struct XCMSRows {
  let columns: XCMSTableColumns
  var peaks: [FeaturePeak] = []
  var xcms: [XCMSColumns] = []
  var samples = Names()
  /// By row: index into `ids`, or nil for a peak that is in no feature.
  var featureOf: [Int?] = []
  var ids = Names()
  /// By row: index into `numbers`, the distinct values of `sample`.
  var numberOf: [Int] = []
  var numbers = Names()
  /// By index into `numbers`: the sample that has it.
  var sampleOfNumber: [Int] = []

  init(_ columns: XCMSTableColumns) { self.columns = columns }

  mutating func append(_ reader: inout CSVReader) throws {
    guard !reader.isMissing(columns.sampleName) else {
      throw Failure(
        .badData, "the cell is empty", at: reader.place(columns.sampleName),
        expected: "the name of the raw file")
    }
    let sample = samples.index(of: try reader.text(columns.sampleName))
    let values = try columns.peak.map { try reader.number($0) }
    peaks.append(
      FeaturePeak(
        sample: sample, feature: 0, file: 0, row: reader.row, mz: values[0], rt: values[1] / 60,
        rtStart: values[2] / 60, rtEnd: values[3] / 60, mzMin: values[4], mzMax: values[5],
        height: values[6], area: values[7]))
    let more = try columns.more.map { try reader.number($0) }
    xcms.append(
      XCMSColumns(
        areaBaselineCorrected: more[0], signalToNoise: more[1], rtAdjusted: more[2] / 60,
        rtStartAdjusted: more[3] / 60, rtEndAdjusted: more[4] / 60))
    if let column = columns.featureID {
      featureOf.append(
        reader.isMissing(column) ? nil : ids.index(of: try reader.text(column)))
      try appendNumber(reader, sample)
    } else {
      featureOf.append(nil)
      numberOf.append(sample)
    }
  }

  /// Notes the row's `sample`, which orders the samples of a feature; where there is no such column,
  /// the order of their first rows does.
  private mutating func appendNumber(_ reader: borrowing CSVReader, _ sample: Int) throws {
    guard let column = columns.sample else {
      numberOf.append(sample)
      return
    }
    guard !reader.isMissing(column) else {
      throw Failure(
        .badData, "the cell is empty", at: reader.place(column), expected: "the sample's number")
    }
    let text = try reader.text(column)
    let number = numbers.index(of: text)
    if number == sampleOfNumber.count { sampleOfNumber.append(sample) }
    guard sampleOfNumber[number] == sample else {
      throw Failure(
        .badData, "one sample number has two names", at: reader.place(column),
        expected: "\(samples.all[sampleOfNumber[number]]) for \(text), as in earlier rows",
        found: samples.all[sample])
    }
    numberOf.append(number)
  }

  func table(of file: String) -> FeatureTable {
    let featureRanks = ids.ranks(minusOneIsNone: true)
    let sampleRanks = columns.sample == nil ? nil : numbers.ranks()
    let keys = peaks.indices.map { row in
      (
        feature: featureOf[row].flatMap { featureRanks[$0] } ?? -1,
        sample: sampleRanks.flatMap { $0[numberOf[row]] } ?? numberOf[row]
      )
    }
    let order = peaks.indices.sorted { a, b in
      if keys[a].feature < 0 && keys[b].feature < 0 { return a < b }
      return (keys[a].feature, keys[a].sample, a) < (keys[b].feature, keys[b].sample, b)
    }
    var table = FeatureTable(format: .xcms, files: [file], samples: samples.all)
    var last: Int?
    for row in order {
      let isAligned = keys[row].feature >= 0
      let isSameFeature = isAligned && last.map { keys[$0].feature } == keys[row].feature
      let isSameSample = isSameFeature && last.map { keys[$0].sample } == keys[row].sample
      if !isSameFeature {
        let id = isAligned ? featureOf[row].map { ids.all[$0] } : nil
        table.features.append(FeatureEntry(id: id))
      }
      var peak = peaks[row]
      peak.feature = table.features.count - 1
      table.featureMz.append(isSameSample ? table.featureMz[table.featureMz.count - 1] : peak.mz)
      table.featureRT.append(isSameSample ? table.featureRT[table.featureRT.count - 1] : peak.rt)
      table.peaks.append(peak)
      table.xcms.append(xcms[row])
      last = row
    }
    return table
  }
}

/// Distinct texts in the order in which they were first seen.
private struct Names {
  private(set) var all: [String] = []
  private var positions: [String: Int] = [:]

  mutating func index(of name: String) -> Int {
    if let known = positions[name] { return known }
    positions[name] = all.count
    all.append(name)
    return all.count - 1
  }

  /// By index: its place when all are ordered, as numbers if all are, else by code points; equal
  /// numbers share a place. With `minusOneIsNone` the number -1 has none (NeatMS's mark for a
  /// peak in no feature).
  func ranks(minusOneIsNone: Bool = false) -> [Int?] {
    let numbers = all.compactMap { text -> Double? in
      let bytes = Array(text.utf8)
      return bytes.withUnsafeBufferPointer { DecimalNumber.parse($0) }
    }
    guard numbers.count == all.count else {
      let order = all.indices.sorted { all[$0].utf8.lexicographicallyPrecedes(all[$1].utf8) }
      var ranks = [Int?](repeating: nil, count: all.count)
      for (rank, index) in order.enumerated() { ranks[index] = rank }
      return ranks
    }
    let places = Dictionary(
      uniqueKeysWithValues: Set(numbers).sorted().enumerated().map { ($1, $0) })
    return numbers.map { minusOneIsNone && $0 == -1 ? nil : places[$0] }
  }
}
