import Support

/// XCMS's rows in the table's order, and what orders them.
struct XCMSRows: TableRows {
  let columns: XCMSTableColumns
  /// Whether `xcms` is kept; its cells are read anyway, for what may be wrong with them.
  let keepsXCMS: Bool
  var peaks: [FeaturePeak] = []
  var xcms: [XCMSColumns] = []
  var samples = NameTable()
  var ids = NameTable()
  /// By row: index into `ids`, or -1 for a peak that is in no feature.
  var featureOf: [Int32] = []
  /// The distinct values of `sample`.
  var numbers = NameTable()
  /// By row: index into `numbers`, or into `samples` where there is no such column.
  var numberOf: [Int32] = []
  /// By index into `numbers`: the sample that has it.
  var sampleOfNumber: [Int] = []
  /// How many of the names were written for another process.
  var written = (samples: 0, ids: 0, numbers: 0)

  init(_ columns: XCMSTableColumns, keepsXCMS: Bool) {
    (self.columns, self.keepsXCMS) = (columns, keepsXCMS)
  }

  /// Makes room for all rows, given the share of the file that is read.
  mutating func reserve(_ progress: Double?) {
    guard let progress, progress > 0 else { return }
    let expected = Int(Double(peaks.count) / progress * 1.05)
    peaks.reserveLarge(expected)
    if keepsXCMS { xcms.reserveLarge(expected) }
    featureOf.reserveCapacity(expected)
    numberOf.reserveCapacity(expected)
  }

  /// Takes the reader's row.
  /// - Throws: `Failure(.badData)` with line and column.
  mutating func append(_ reader: borrowing CSVReader) throws {
    guard !reader.isMissing(columns.sampleName) else {
      throw Failure(
        .badData, "the cell is empty", at: reader.place(columns.sampleName),
        expected: "the name of the raw file")
    }
    let sample = try reader.index(columns.sampleName, in: &samples)
    peaks.append(
      FeaturePeak(
        sample: sample, feature: 0, file: 0, row: reader.row, mz: try reader.number(columns.mz),
        rt: try reader.number(columns.rt) / 60, rtStart: try reader.number(columns.rtMin) / 60,
        rtEnd: try reader.number(columns.rtMax) / 60, mzMin: try reader.number(columns.mzMin),
        mzMax: try reader.number(columns.mzMax), height: try reader.number(columns.maxo),
        area: try reader.number(columns.into)))
    let more = XCMSColumns(
      areaBaselineCorrected: try reader.number(columns.intb),
      signalToNoise: try reader.number(columns.sn),
      rtAdjusted: try reader.number(columns.rtAdjusted) / 60,
      rtStartAdjusted: try reader.number(columns.rtMinAdjusted) / 60,
      rtEndAdjusted: try reader.number(columns.rtMaxAdjusted) / 60)
    if keepsXCMS { xcms.append(more) }
    guard let column = columns.featureID else {
      featureOf.append(-1)
      numberOf.append(Int32(sample))
      return
    }
    featureOf.append(
      reader.isMissing(column) ? -1 : Int32(try reader.index(column, in: &ids)))
    try appendNumber(reader, sample)
  }

  /// Notes the row's `sample`, which orders the samples of a feature; where there is no such column,
  /// the order of their first rows does.
  private mutating func appendNumber(_ reader: borrowing CSVReader, _ sample: Int) throws {
    guard let column = columns.sample else {
      numberOf.append(Int32(sample))
      return
    }
    guard !reader.isMissing(column) else {
      throw Failure(
        .badData, "the cell is empty", at: reader.place(column), expected: "the sample's number")
    }
    let number = try reader.index(column, in: &numbers)
    if number == sampleOfNumber.count { sampleOfNumber.append(sample) }
    guard sampleOfNumber[number] == sample else {
      throw Failure(
        .badData, "one sample number has two names", at: reader.place(column),
        expected: "\(samples.all[sampleOfNumber[number]]) for \(try reader.text(column)), "
          + "as in earlier rows",
        found: samples.all[sample])
    }
    numberOf.append(Int32(number))
  }

  /// All rows as a feature table. They are put in order where they are: the table of a large
  /// experiment is not copied.
  mutating func table(of file: String) -> FeatureTable {
    let (featureKeys, sampleKeys) = keys
    let order = order(featureKeys, sampleKeys)
    var table = FeatureTable(format: .xcms, files: [file], samples: samples.all)
    swap(&table.peaks, &peaks)
    swap(&table.xcms, &xcms)
    CountingOrder.arrange(&table.peaks, in: order)
    if keepsXCMS { CountingOrder.arrange(&table.xcms, in: order) }
    table.featureMz = Array(repeating: 0, count: order.count)
    table.featureRT = Array(repeating: 0, count: order.count)
    var (feature, sample): (Int32, Int32) = (0, 0)
    var (mz, rt) = (Double.nan, Double.nan)
    for (place, row) in order.enumerated() {
      let (featureKey, sampleKey) = (featureKeys[Int(row)], sampleKeys[Int(row)])
      let isSameFeature = featureKey > 0 && featureKey == feature
      if !isSameFeature {
        let id = featureKey > 0 ? ids.all[Int(featureOf[Int(row)])] : nil
        table.features.append(FeatureEntry(id: id))
      }
      // The first peak of a sample in a feature gives the others its m/z and time.
      if !isSameFeature || sampleKey != sample {
        (mz, rt) = (table.peaks[place].mz, table.peaks[place].rt)
      }
      table.peaks[place].feature = table.features.count - 1
      table.featureMz[place] = mz
      table.featureRT[place] = rt
      (feature, sample) = (featureKey, sampleKey)
    }
    return table
  }

  /// By row: 1 + the place of its feature, 0 where it is in none, and the place of its sample, 0 for
  /// a row in no feature.
  private var keys: (feature: [Int32], sample: [Int32]) {
    let featureRanks = ids.ranks(minusOneIsNone: true)
    let sampleRanks = columns.sample == nil ? nil : numbers.ranks()
    let features = featureOf.map { $0 < 0 ? 0 : featureRanks[Int($0)] + 1 }
    let samples = zip(features, numberOf).map { feature, number in
      feature == 0 ? 0 : sampleRanks?[Int(number)] ?? number
    }
    return (features, samples)
  }

  /// The rows by feature, then sample, then as they stand in the table.
  private func order(_ features: [Int32], _ samples: [Int32]) -> [Int32] {
    let bySample = CountingOrder.sorted(
      Array(0..<Int32(peaks.count)), by: samples, keyCount: max(self.samples.count, numbers.count))
    return CountingOrder.sorted(bySample, by: features, keyCount: ids.count + 1)
  }
}
