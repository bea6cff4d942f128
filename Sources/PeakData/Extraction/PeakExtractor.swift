/// Gathers the points of many peaks' windows in one pass over a run's spectra, and makes each peak's
/// matrix when its points are complete.
///
/// Source: NeatMS 0.9, `PymzmlDataReader.create_interpolated_chromatograms` (`data.py`): a spectrum
/// belongs to a peak when its time lies in the window with margins, a point when its m/z lies in the
/// peak's m/z window; all bounds inclusive. Memory grows with the points of unfinished windows only.
struct PeakExtractor {
  let windows: [PeakWindow]
  let rule: PeakMatrixRule
  /// The windows with their margins.
  let starts: [Double]
  let ends: [Double]
  private let bounds: Bounds
  /// The same bounds as NumPy compares them with single-precision m/z.
  private let singleBounds: Bounds
  private var active: ActiveWindows
  private var byMz = PointOrder()

  /// Points inside windows that are not finished, in the file's order.
  var points: [WindowPoint] = []
  /// Time of each spectrum that has a point in any window.
  var times: [Double] = []
  var lastTime = -Double.infinity
  /// How many points may wait.
  var limit: Int
  /// Windows that end before this, and had points, are finished.
  var finishedTime = -Double.infinity
  /// Of the windows that are finished.
  var outcomes: [PeakMatrixOutcome?]
  var scratch: PeakMatrixRule.Scratch

  /// A finished window got further points.
  struct TimeWentBack: Error {}

  private struct Bounds {
    var lower: [Double]
    var upper: [Double]
  }

  init(windows: [PeakWindow], rule: PeakMatrixRule, pointsKept: Int) {
    self.windows = windows
    self.rule = rule
    let wide = windows.map { rule.window(start: $0.rtStart, end: $0.rtEnd) }
    // A bound that is not a number holds nothing.
    let isNumber = windows.map { !$0.mzMin.isNaN && !$0.mzMax.isNaN }
    (starts, ends) = (wide.map(\.start), zip(wide, isNumber).map { $1 ? $0.end : .nan })
    bounds = Bounds(
      lower: windows.map { $0.mzMin.isNaN ? .infinity : $0.mzMin }, upper: windows.map(\.mzMax))
    singleBounds = Bounds(
      lower: bounds.lower.map { Double(Float($0)) }, upper: bounds.upper.map { Double(Float($0)) })
    active = ActiveWindows(starts: starts, ends: ends, mzMin: bounds.lower)
    limit = pointsKept
    outcomes = [PeakMatrixOutcome?](repeating: nil, count: windows.count)
    scratch = PeakMatrixRule.Scratch(matrixSize: rule.matrixSize)
  }

  /// The times in which spectra are of use.
  var ranges: TimeRanges { TimeRanges(zip(starts, ends).lazy.map { (start: $0, end: $1) }) }

  /// Whether it is time to finish what can be.
  var isFull: Bool { points.count >= limit }

  /// Takes the next spectrum of the file.
  /// - Throws: `TimeWentBack`.
  mutating func add(_ spectrum: MS1Spectrum) throws {
    lastTime = spectrum.time
    active.move(to: spectrum.time)
    guard !active.windows.isEmpty, !spectrum.mz.isEmpty else { return }
    let before = points.count
    if isAscending(spectrum.mz) { addAscending(spectrum) } else { addUnordered(spectrum) }
    if points.count > before { times.append(spectrum.time) }
    guard spectrum.time < finishedTime else { return }
    if points[before...].contains(where: { outcomes[Int($0.window)] != nil }) {
      throw TimeWentBack()
    }
  }

  private mutating func append(_ window: Int32, _ scan: Int32, _ intensity: Double) {
    points.append(WindowPoint(window: window, scan: scan, intensity: intensity))
  }

  private func isAscending(_ mz: UnsafeBufferPointer<Double>) -> Bool {
    for index in 1..<max(mz.count, 1) where !(mz[index - 1] <= mz[index]) { return false }
    return !mz[0].isNaN
  }

  /// Windows and points both ascend: each search starts where the last one ended.
  private mutating func addAscending(_ spectrum: MS1Spectrum) {
    let bounds = spectrum.isSinglePrecision ? singleBounds : bounds
    let (mz, scan) = (spectrum.mz, Int32(times.count))
    var first = 0
    for window in active.windows {
      first = lowerBound(mz, bounds.lower[Int(window)], from: first)
      if first == mz.count { return }
      let upper = bounds.upper[Int(window)]
      var point = first
      while point < mz.count, mz[point] <= upper {
        append(window, scan, spectrum.intensities[point])
        point += 1
      }
    }
  }

  /// The first point at or after `from` with an m/z of at least `value`: steps that double, then
  /// halves.
  private func lowerBound(
    _ mz: UnsafeBufferPointer<Double>, _ value: Double, from: Int
  ) -> Int {
    var (low, step) = (from, 1)
    while low + step <= mz.count, mz[low + step - 1] < value {
      low += step
      step *= 2
    }
    var high = min(low + step - 1, mz.count)
    while low < high {
      let middle = (low + high) / 2
      if mz[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Looks up the points in an order by m/z; each window's stay in the file's order, which decides
  /// the order in which they are added.
  private mutating func addUnordered(_ spectrum: MS1Spectrum) {
    let bounds = spectrum.isSinglePrecision ? singleBounds : bounds
    byMz.sort(spectrum.mz)
    let scan = Int32(times.count)
    byMz.mz.withUnsafeBufferPointer { mz in
      var first = 0
      for window in active.windows {
        first = lowerBound(mz, bounds.lower[Int(window)], from: first)
        if first == mz.count { return }
        let upper = bounds.upper[Int(window)]
        var last = first
        while last < mz.count, mz[last] <= upper { last += 1 }
        if last == first + 1 {
          append(window, scan, spectrum.intensities[Int(byMz.order[first])])
        } else if last > first {
          for point in byMz.order[first..<last].sorted() {
            append(window, scan, spectrum.intensities[Int(point)])
          }
        }
      }
    }
  }
}
