extension PeakFinder {
  /// The peak of a sample at the label's m/z and time, of which it has both.
  func find(_ place: LabelPlace, _ sample: Int) -> Result {
    choose(candidates(place, sample, isByFeature), exactRows(place, sample), place, sample)
      ?? .none(
        "no peak of \(table.samples[sample]) within \(tolerance.mz) Th and \(tolerance.rt) min of "
          + place.text
          + unitHint(place) { other in
            !candidates(other, sample, isByFeature).isEmpty || !exactRows(other, sample).isEmpty
          })
  }

  /// The one of the peaks near the label that is the label's: exact numbers come first, then those
  /// of the row.
  /// - Parameter exactRows: peaks whose row has the label's numbers.
  /// - Returns: nil when there is none.
  func choose(
    _ near: [Int], _ exactRows: [Int], _ place: LabelPlace, _ sample: Int
  ) -> Result? {
    let exact = near.filter { isExact(place, $0, isByFeature) }
    for peaks in [exact, exactRows, near] where !peaks.isEmpty {
      return peaks.count == 1 ? .peak(peaks[0]) : several(peaks, place, sample)
    }
    return nil
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

  /// mzMine's table has an m/z and a time for the whole row, too.
  private func exactRows(_ place: LabelPlace, _ sample: Int) -> [Int] {
    guard labels.position == .asInTable else { return [] }
    return candidates(place, sample, true).filter { isExact(place, $0, true) }
  }

  /// The sample's peaks within the tolerance of an m/z and a time.
  func candidates(_ place: LabelPlace, _ sample: Int, _ isFeature: Bool) -> [Int] {
    guard let wanted = place.mz else { return [] }
    let peaks = (isFeature ? byFeature : byPeak)[sample]
    var low = 0
    var high = peaks.count
    while low < high {
      let middle = (low + high) / 2
      if mz(peaks[middle], isFeature) < wanted - tolerance.mz {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return peaks[low...].prefix { mz($0, isFeature) <= wanted + tolerance.mz }
      .filter { isNear(place, $0, isFeature) }.sorted()
  }

  /// What to add to a reason when the label's time fits in the other unit: minutes where seconds
  /// are due, or the reverse. Nothing otherwise.
  func unitHint(_ place: LabelPlace, fits: (LabelPlace) -> Bool) -> String {
    guard place.rt != nil, let position = labels.position else { return "" }
    let isSeconds = position == .asInTable && table.format == .xcms
    guard fits(place.timed(by: isSeconds ? 60 : 1 / 60)) else { return "" }
    let (due, given) = isSeconds ? ("seconds", "minutes") : ("minutes", "seconds")
    let rule =
      switch position {
      case .asInTable: "rt must be in \(due), as in the \(table.format.program) table"
      case .peak: "peak_rt must be in \(due)"
      case .feature: "retention time must be in \(due)"
      }
    return "; it seems to be in \(given): \(rule)"
  }
}
