import Support

/// Finds the peak that a label is for.
struct PeakFinder {
  enum Result {
    case peak(Int)
    /// With the reason.
    case none(String)
    case several(String)
  }

  let labels: LabelTable
  let table: FeatureTable
  let tolerance: LabelTolerance
  private let usesIDs: Bool
  /// How many of the labels' units of time a minute has.
  private let unit: Double
  /// By the labels' `samples`: which of the table's it is.
  private let samples: [SampleNames.Match]
  /// Nil where the labels have no ids, or the table none.
  let byID: FeaturesByID?
  /// By sample: its peaks, ascending by m/z, where labels have a position. `byFeature` by the
  /// feature's m/z instead.
  let byPeak: [[Int]]
  let byFeature: [[Int]]

  init(
    _ labels: LabelTable, _ table: FeatureTable, _ tolerance: LabelTolerance, usesIDs: Bool
  ) {
    (self.labels, self.table, self.tolerance) = (labels, table, tolerance)
    let names = SampleNames(table.samples)
    samples = labels.samples.all.map(names.match)
    self.usesIDs = usesIDs
    unit = labels.position == .asInTable && table.format == .xcms ? 60 : 1
    byID = usesIDs && labels.featureIDs.count > 0 ? FeaturesByID(labels.featureIDs, table) : nil
    let places = labels.position
    byPeak = places == nil || places == .feature ? [] : Self.sorted(table) { table.peaks[$0].mz }
    byFeature = places == nil || places == .peak ? [] : Self.sorted(table) { table.featureMz[$0] }
  }

  /// The peak of a row of the labels.
  func find(_ index: Int) -> Result {
    let row = labels.rows[index]
    let sample: Int
    switch samples[Int(row.sample)] {
    case .found(let index): sample = index
    case .none:
      return .none("the feature table has no sample \(labels.samples.all[Int(row.sample)])")
    case .several(let several):
      let names = several.map { table.samples[$0] }.joined(separator: ", ")
      return .several("the sample \(labels.samples.all[Int(row.sample)]) could be \(names)")
    }
    let place = LabelPlace(
      labels.places.isEmpty ? LabelTable.Place() : labels.places[index], unit: unit)
    if let byID, row.featureID >= 0 { return find(Int(row.featureID), byID, place, sample) }
    guard place.mz != nil, place.rt != nil else {
      return .none(
        row.featureID < 0 || usesIDs
          ? "it has no feature_id, and no m/z with a retention time"
          : "the feature table has no ids, and the label no m/z with a retention time")
    }
    return find(place, sample)
  }

  // MARK: What peaks are compared with

  /// Whether the labels' m/z and time are those of features.
  var isByFeature: Bool { labels.position == .feature }

  func mz(_ peak: Int, _ isFeature: Bool) -> Double {
    isFeature ? table.featureMz[peak] : table.peaks[peak].mz
  }

  func rt(_ peak: Int, _ isFeature: Bool) -> Double {
    isFeature ? table.featureRT[peak] : table.peaks[peak].rt
  }

  func isNear(_ place: LabelPlace, _ peak: Int, _ isFeature: Bool) -> Bool {
    place.isNear(mz(peak, isFeature), rt(peak, isFeature), tolerance)
  }

  func isExact(_ place: LabelPlace, _ peak: Int, _ isFeature: Bool) -> Bool {
    place.isExact(mz(peak, isFeature), rt(peak, isFeature))
  }

  /// Whether the peak's numbers are the label's as far as it writes them out, or those of the
  /// peak's row: mzMine's table has an m/z and a time for the whole row, too.
  func isExact(_ place: LabelPlace, _ peak: Int) -> Bool {
    isExact(place, peak, isByFeature)
      || labels.position == .asInTable && isExact(place, peak, true)
  }

  // MARK: Looking up

  /// Every sample's peaks by ascending m/z; those without m/z are left out.
  private static func sorted(_ table: FeatureTable, by mz: (Int) -> Double) -> [[Int]] {
    var lists = [[(mz: Double, peak: Int)]](repeating: [], count: table.samples.count)
    for index in table.peaks.indices {
      let mz = mz(index)
      if !mz.isNaN { lists[table.peaks[index].sample].append((mz, index)) }
    }
    return lists.map { list in list.sorted { $0.mz < $1.mz }.map(\.peak) }
  }
}
