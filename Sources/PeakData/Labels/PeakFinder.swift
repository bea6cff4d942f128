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
  private let features: [String: [Int]]
  /// By sample: its peaks, ascending by m/z, where labels have a position. `byFeature` by the
  /// feature's m/z instead.
  private let byPeak: [[Int]]
  private let byFeature: [[Int]]
  /// By feature: its peaks are `starts[feature]..<starts[feature + 1]`.
  private let starts: [Int]

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
    if usesIDs, let id = entry.featureID { return find(entry, id, sample) }
    guard let place = LabelPlace(entry, labels, table) else {
      return .none(
        entry.featureID == nil || usesIDs
          ? "it has no feature_id, and no m/z with a retention time"
          : "the feature table has no ids, and the label no m/z with a retention time")
    }
    return find(place, among: nil, sample)
  }
}

// MARK: By feature id

extension PeakFinder {
  private func find(_ entry: LabelTable.Entry, _ id: String, _ sample: Int) -> Result {
    let name = table.samples[sample]
    guard let features = features[Self.key(id)] else {
      return .none("the feature table has no feature \(id)")
    }
    let peaks = features.flatMap { feature in
      (starts[feature]..<starts[feature + 1]).filter { table.peaks[$0].sample == sample }
    }
    guard let first = peaks.first else { return .none("feature \(id) has no peak in \(name)") }
    if let mz = entry.mz?.value, let other = stranger(peaks, mz) {
      return .none(
        "feature \(id) has m/z \(other) in \(name), the label says \(mz): "
          + "is it for another version of the table?")
    }
    if peaks.count == 1 { return .peak(first) }
    guard let place = LabelPlace(entry, labels, table) else {
      return .several(
        "feature \(id) has \(peaks.count) peaks in \(name); m/z and retention time would tell them "
          + "apart")
    }
    return find(place, among: Set(peaks), sample)
  }

  /// The first peak's m/z, if that of every peak is so far from the label's that the id must be
  /// another feature's: half a Th, far above what a feature's peaks differ by.
  private func stranger(_ peaks: [Int], _ mz: Double) -> Double? {
    let isStrange = peaks.allSatisfy { abs(table.peaks[$0].mz - mz) > 0.5 }
    return isStrange ? peaks.first.map { table.peaks[$0].mz } : nil
  }

  /// The id to look up: pandas writes a column of whole numbers as `17.0` when some cells are empty.
  private static func key(_ id: String) -> String {
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
}

// MARK: By m/z and retention time

extension PeakFinder {
  /// - Parameter among: the peaks that may be meant, if not all of the sample.
  private func find(_ place: LabelPlace, among: Set<Int>?, _ sample: Int) -> Result {
    let isFeature = labels.position == .feature
    let near = candidates(place, isFeature ? byFeature : byPeak, sample, isFeature, among)
    let exact = near.filter { isExact(place, $0, isFeature) }
    if exact.count == 1 { return .peak(exact[0]) }
    if exact.isEmpty, labels.position == .asInTable {
      // mzMine's table has an m/z and a time for the whole row, too.
      let rows = candidates(place, byFeature, sample, true, among)
        .filter { isExact(place, $0, true) }
      if rows.count == 1 { return .peak(rows[0]) }
      if rows.count > 1 { return several(rows, place, sample) }
    }
    if exact.count > 1 { return several(exact, place, sample) }
    switch near.count {
    case 0:
      return .none(
        "no peak of \(table.samples[sample]) within \(tolerance.mz) Th and \(tolerance.rt) min of "
          + place.text)
    case 1: return .peak(near[0])
    default: return several(near, place, sample)
    }
  }

  private func several(_ peaks: [Int], _ place: LabelPlace, _ sample: Int) -> Result {
    let list = peaks.prefix(4).map { index in
      let peak = table.peaks[index]
      return "row \(peak.row) (m/z \(peak.mz), \(peak.rt) min)"
    }
    return .several(
      "\(place.text) of \(table.samples[sample]) could be \(peaks.count) peaks: "
        + list.joined(separator: ", ") + (peaks.count > 4 ? ", …" : ""))
  }

  private func candidates(
    _ place: LabelPlace, _ sorted: [[Int]], _ sample: Int, _ isFeature: Bool, _ among: Set<Int>?
  ) -> [Int] {
    let peaks = sorted[sample]
    var low = 0
    var high = peaks.count
    while low < high {
      let middle = (low + high) / 2
      if mz(peaks[middle], isFeature) < place.mz - tolerance.mz {
        low = middle + 1
      } else {
        high = middle
      }
    }
    let near = peaks[low...].prefix { mz($0, isFeature) <= place.mz + tolerance.mz }
    return near.filter {
      abs(rt($0, isFeature) - place.rt) <= tolerance.rt && among?.contains($0) != false
    }.sorted()
  }

  private func isExact(_ place: LabelPlace, _ peak: Int, _ isFeature: Bool) -> Bool {
    abs(mz(peak, isFeature) - place.mz) <= place.mzRounding
      && abs(rt(peak, isFeature) - place.rt) <= place.rtRounding
  }

  private func mz(_ peak: Int, _ isFeature: Bool) -> Double {
    isFeature ? table.featureMz[peak] : table.peaks[peak].mz
  }

  private func rt(_ peak: Int, _ isFeature: Bool) -> Double {
    isFeature ? table.featureRT[peak] : table.peaks[peak].rt
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

/// A label's m/z (Th) and retention time (minutes), and how exactly they are written.
struct LabelPlace {
  let mz: Double
  let rt: Double
  let mzRounding: Double
  let rtRounding: Double

  /// Nil when the label lacks one of them.
  init?(_ entry: LabelTable.Entry, _ labels: LabelTable, _ table: FeatureTable) {
    guard let mz = entry.mz, let rt = entry.rt else { return nil }
    let unit: Double = labels.position == .asInTable && table.format == .xcms ? 60 : 1
    self.mz = mz.value
    self.rt = rt.value / unit
    // A part in 10⁹ is what conversions and printing with 15 digits leave at most.
    mzRounding = max(mz.rounding * 1.0001, abs(mz.value) * 1e-9)
    rtRounding = max(rt.rounding / unit * 1.0001, abs(self.rt) * 1e-9)
  }

  var text: String { "m/z \(mz), \(rt) min" }
}
