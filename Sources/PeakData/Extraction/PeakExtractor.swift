/// Gathers the points of many peaks' windows in one pass over a run's spectra, and makes each peak's
/// matrix when its points are complete.
///
/// Source: NeatMS 0.9, `PymzmlDataReader.create_interpolated_chromatograms` (`data.py`): a spectrum
/// belongs to a peak when its time lies in the window with margins, a point when its m/z lies in the
/// peak's m/z window; all bounds inclusive.
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
  private var ownIntensities: [Double] = []

  /// Of windows that are open, in the file's order.
  var points: [WindowPoint] = []
  /// Time of each spectrum that has a point in any open window.
  var times: [Double] = []
  var lastTime = -Double.infinity
  /// How many points may wait.
  let room: Int
  /// At how many it is time to look which windows are complete.
  var limit: Int
  var states: [State]
  /// How many points each window has in the whole file, and in how many scans.
  private var pointsSeen: [Int]
  private var scansSeen: [Int]
  /// Whether all windows are looked for: those not made are left for further passes.
  var isFirstPass = true
  /// Whether a window's points of one scan are kept as their sum.
  private var sumsScans: Bool
  /// Windows for which this holds in any case, since they have too many points.
  private var isSummed: [Bool]
  private var hasSummed = false
  private var latestTime = -Double.infinity
  /// Of the windows that are made.
  var outcomes: [PeakMatrixOutcome?]
  var scratch: PeakMatrixRule.Scratch

  enum State: UInt8 {
    case open, made
    /// For a further pass.
    case left
  }

  /// Points of one scan were added, and there is an earlier scan that may be of the same time: NeatMS
  /// adds the points of both in another order.
  struct TimesRepeat: Error {}

  /// Where times repeat, a window's points are kept one by one up to here: so many that NeatMS's order of
  /// additions, which differs from ours by rounding alone, is not worth further passes.
  static let mostSinglePoints = 1 << 16

  private struct Bounds {
    var lower: [Double]
    var upper: [Double]
  }

  init(windows: [PeakWindow], rule: PeakMatrixRule, room: Int, sumsScans: Bool) {
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
    self.room = max(room, 1)
    limit = min(self.room, 1 << 20)
    points.reserveCapacity(min(self.room + self.room / 8, 1 << 22))
    states = [State](repeating: .open, count: windows.count)
    pointsSeen = [Int](repeating: 0, count: windows.count)
    scansSeen = pointsSeen
    isSummed = [Bool](repeating: false, count: windows.count)
    self.sumsScans = sumsScans
    outcomes = [PeakMatrixOutcome?](repeating: nil, count: windows.count)
    scratch = PeakMatrixRule.Scratch(matrixSize: rule.matrixSize)
  }

  /// The times in which spectra are of use.
  var ranges: TimeRanges {
    TimeRanges(
      windows.indices.lazy.filter { states[$0] == .open }.map {
        (start: starts[$0], end: ends[$0])
      })
  }

  /// Whether it is time to make room.
  var isFull: Bool { isFirstPass && points.count >= limit }

  /// How many points of a window are kept, once all are there.
  func pointsKept(of window: Int) -> Int {
    sumsScans || isSummed[window] ? scansSeen[window] : pointsSeen[window]
  }

  /// Starts a further pass over the file, in which only these windows are looked for.
  mutating func begin(with group: [Int]) {
    isFirstPass = false
    points.removeAll(keepingCapacity: true)
    (times, lastTime) = ([], -.infinity)
    var groupEnds = [Double](repeating: .nan, count: windows.count)
    for window in group {
      states[window] = .open
      groupEnds[window] = ends[window]
    }
    active = ActiveWindows(starts: starts, ends: groupEnds, mzMin: bounds.lower)
  }

  /// Takes the next spectrum of the file.
  /// - Throws: `TimesRepeat`.
  mutating func add(_ spectrum: MS1Spectrum) throws {
    lastTime = spectrum.time
    active.move(to: spectrum.time)
    guard !active.windows.isEmpty, !spectrum.mz.isEmpty else { return }
    if isFirstPass, sumsScans {
      if spectrum.time <= latestTime {
        if hasSummed { throw TimesRepeat() }
        sumsScans = false
      }
      latestTime = max(latestTime, spectrum.time)
    }
    let before = points.count
    if isAscending(spectrum.mz) { addAscending(spectrum) } else { addUnordered(spectrum) }
    if points.count > before { times.append(spectrum.time) }
  }

  /// Takes a window's points of the spectrum, which are in the file's order.
  private mutating func take(_ window: Int32, _ intensities: UnsafeBufferPointer<Double>) {
    let (index, count) = (Int(window), intensities.count)
    if isFirstPass {
      pointsSeen[index] += count
      scansSeen[index] += 1
      if sumsScans {
        if count > 1 { hasSummed = true }
      } else if pointsSeen[index] > Self.mostSinglePoints, !isSummed[index] {
        isSummed[index] = true
        states[index] = .left
      }
    }
    switch states[index] {
    case .left: return
    case .made:
      outcomes[index] = nil
      states[index] = .left
      return
    case .open:
      if isFirstPass, !sumsScans, points.count + count > 2 * room {
        states[index] = .left
        return
      }
    }
    let scan = Int32(times.count)
    if sumsScans || isSummed[index] {
      points.append(WindowPoint(window: window, scan: scan, intensity: pairwiseSum(intensities)))
    } else {
      for intensity in intensities {
        points.append(WindowPoint(window: window, scan: scan, intensity: intensity))
      }
    }
  }

  private func isAscending(_ mz: UnsafeBufferPointer<Double>) -> Bool {
    for index in 1..<max(mz.count, 1) where !(mz[index - 1] <= mz[index]) { return false }
    return !mz[0].isNaN
  }

  /// Windows and points both ascend: each search starts where the last one ended.
  private mutating func addAscending(_ spectrum: MS1Spectrum) {
    let bounds = spectrum.isSinglePrecision ? singleBounds : bounds
    let mz = spectrum.mz
    var first = 0
    for window in active.windows {
      first = lowerBound(mz, bounds.lower[Int(window)], from: first)
      if first == mz.count { return }
      let upper = bounds.upper[Int(window)]
      var last = first
      while last < mz.count, mz[last] <= upper { last += 1 }
      if last > first {
        take(window, UnsafeBufferPointer(rebasing: spectrum.intensities[first..<last]))
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
    let count = byMz.mz.count
    var first = 0
    for window in active.windows {
      first = byMz.mz.withUnsafeBufferPointer {
        lowerBound($0, bounds.lower[Int(window)], from: first)
      }
      if first == count { return }
      let upper = bounds.upper[Int(window)]
      var last = first
      while last < count, byMz.mz[last] <= upper { last += 1 }
      if last == first { continue }
      ownIntensities.removeAll(keepingCapacity: true)
      for point in byMz.order[first..<last].sorted() {
        ownIntensities.append(spectrum.intensities[Int(point)])
      }
      let own = ownIntensities
      own.withUnsafeBufferPointer { take(window, $0) }
    }
  }
}
