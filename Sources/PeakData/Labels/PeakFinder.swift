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
  private let samples: SampleNames
  /// Features by the table's id, where the labels have ids.
  let features: [String: [Int]]
  /// By sample: its peaks, ascending by m/z, where labels have a position. `byFeature` by the
  /// feature's m/z instead.
  let byPeak: [[Int]]
  let byFeature: [[Int]]
  /// By feature: its peaks are `starts[feature]..<starts[feature + 1]`.
  let starts: [Int]

  init(
    _ labels: LabelTable, _ table: FeatureTable, _ tolerance: LabelTolerance, usesIDs: Bool
  ) {
    (self.labels, self.table, self.tolerance) = (labels, table, tolerance)
    samples = SampleNames(table.samples)
    let wanted = usesIDs ? Set(labels.entries.compactMap { $0.featureID.map(Self.key) }) : []
    var features: [String: [Int]] = [:]
    if !wanted.isEmpty {
      for (index, feature) in table.features.enumerated() {
        guard let id = feature.id.map(Self.key), wanted.contains(id) else { continue }
        features[id, default: []].append(index)
      }
    }
    self.features = features
    self.usesIDs = usesIDs
    starts = Self.starts(table, needed: !wanted.isEmpty)
    let places = labels.position
    byPeak = places == nil || places == .feature ? [] : Self.sorted(table) { table.peaks[$0].mz }
    byFeature = places == nil || places == .peak ? [] : Self.sorted(table) { table.featureMz[$0] }
  }

  func find(_ entry: LabelTable.Entry) -> Result {
    let sample: Int
    switch samples.match(entry.sample) {
    case .found(let index): sample = index
    case .none: return .none("the feature table has no sample \(entry.sample)")
    case .several(let several):
      let names = several.map { table.samples[$0] }.joined(separator: ", ")
      return .several("the sample \(entry.sample) could be \(names)")
    }
    let place = LabelPlace(entry, labels, table)
    if usesIDs, let id = entry.featureID { return find(id, place, sample) }
    guard place.mz != nil, place.rt != nil else {
      return .none(
        entry.featureID == nil || usesIDs
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

  /// The id to look up: pandas writes a column of whole numbers as `17.0` when some cells are
  /// empty.
  static func key(_ id: String) -> String {
    let whole = id.dropLast(2)
    let isWhole = id.hasSuffix(".0") && !whole.isEmpty && whole.utf8.allSatisfy { $0 &- 0x30 <= 9 }
    return isWhole ? String(whole) : id
  }

  private static func starts(_ table: FeatureTable, needed: Bool) -> [Int] {
    guard needed else { return [] }
    var starts = [Int](repeating: 0, count: table.features.count + 1)
    for peak in table.peaks { starts[peak.feature + 1] += 1 }
    for index in 0..<table.features.count { starts[index + 1] += starts[index] }
    return starts
  }

  /// Every sample's peaks by ascending m/z; those without m/z are left out.
  private static func sorted(_ table: FeatureTable, by mz: (Int) -> Double) -> [[Int]] {
    var lists = [[Int]](repeating: [], count: table.samples.count)
    for index in table.peaks.indices where !mz(index).isNaN {
      lists[table.peaks[index].sample].append(index)
    }
    for sample in lists.indices { lists[sample].sort { mz($0) < mz($1) } }
    return lists
  }
}
