extension PeakFinder {
  /// The peak of a feature in a sample. What the label has of m/z and time must be the peak's: ids
  /// are the first thing that another run of the software changes.
  /// - Parameter index: of the id, among the labels'.
  func find(
    _ index: Int, _ byID: FeaturesByID, _ place: LabelPlace, _ sample: Int
  ) -> Result {
    let name = table.samples[sample]
    let id = labels.featureIDs.all[index]
    // Most labels are for the only peak there, and say so.
    if let only = byID.onlyPeak(of: index, in: sample),
      place.isEmpty
        || isExact(place, only)
          && (isNear(place, only, isByFeature) || isExact(place, only, true))
    {
      return .peak(only)
    }
    guard byID.hasFeature(index) else { return .none("the feature table has no feature \(id)") }
    let peaks = byID.peaks(of: index, in: sample)
    guard let first = peaks.first else { return .none("feature \(id) has no peak in \(name)") }
    guard !place.isEmpty else {
      if peaks.count == 1 { return .peak(first) }
      let areApart = peaks.contains {
        mz($0, isByFeature) != mz(first, isByFeature)
          || rt($0, isByFeature) != rt(first, isByFeature)
      }
      return .several(
        "feature \(id) has \(peaks.count) peaks in \(name)"
          + (areApart ? "; m/z and retention time would tell them apart" : ", at the same place"))
    }
    let found = choose(
      peaks.filter { isNear(place, $0, isByFeature) },
      labels.position == .asInTable ? peaks.filter { isExact(place, $0, true) } : [], place, sample)
    guard case .peak(let peak)? = found else {
      return found ?? .none(elsewhere(id, peaks, place, sample))
    }
    if !isExact(place, peak), let other = exactPeak(place, sample) {
      return .none(
        elsewhere(id, [peak], place, sample)
          + ", as row \(table.peaks[other].row) of the feature table")
    }
    return found ?? .peak(peak)
  }

  /// Why the id's peaks are not the label's.
  private func elsewhere(
    _ id: String, _ peaks: [Int], _ place: LabelPlace, _ sample: Int
  ) -> String {
    let shown = peaks.prefix(3).map { peak in
      "m/z \(mz(peak, isByFeature)), \(rt(peak, isByFeature)) min"
    }
    let unit = unitHint(place) { other in
      peaks.contains { isNear(other, $0, isByFeature) || isExact(other, $0) }
    }
    return "feature \(id) of \(table.samples[sample]) is at " + shown.joined(separator: " and at ")
      + (peaks.count > 3 ? ", …" : "") + "; the label says \(place.text)\(unit)"
  }

  /// A peak of the sample that is exactly at the label's m/z and time, whatever its id.
  private func exactPeak(_ place: LabelPlace, _ sample: Int) -> Int? {
    guard place.mz != nil, place.rt != nil else { return nil }
    return candidates(place, sample, isByFeature).first { isExact(place, $0, isByFeature) }
  }
}
