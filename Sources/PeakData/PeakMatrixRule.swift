/// NeatMS's rule that makes a chromatogram into the network's input, a matrix of two rows: the
/// intensity scaled to 0 … 1, and the window (1 inside the peak, 0 in the margins).
///
/// Source: NeatMS 0.9, `PymzmlDataReader.create_interpolated_chromatograms` (`data.py`) and
/// `Peak.get_window_margin` (`peak.py`). Computed in double precision in NumPy's order of operations,
/// so that the values are NeatMS's to the last bit.
public struct PeakMatrixRule: Sendable, Equatable {
  /// Points of a row, evenly spaced from the start of the left margin to the end of the right one.
  public var matrixSize: Int
  /// The margin on each side, as a fraction of the peak's width.
  public var margin: Double
  /// A peak with fewer scans between its start and its end is invalid.
  public var minScanNum: Int

  /// NeatMS's defaults.
  public init(matrixSize: Int = 120, margin: Double = 1, minScanNum: Int = 5) {
    precondition(matrixSize >= 2)
    self.matrixSize = matrixSize
    self.margin = margin
    self.minScanNum = minScanNum
  }

  /// The peak with its margins; both bounds are inclusive. Units are those of `start` and `end`.
  public func window(start: Double, end: Double) -> (start: Double, end: Double) {
    let width = end - start
    return (start - width * margin, end + width * margin)
  }

  /// Makes one peak's matrix.
  ///
  /// A scan without a point in the peak's m/z window must be absent, not zero: NeatMS interpolates
  /// across the gap. The lowest intensity (over window and margins) is subtracted; the result is
  /// interpolated linearly, 0 outside the scans, and divided by its largest *interpolated* value.
  ///
  /// - Parameters:
  ///   - times: scan time of each point within the peak's m/z window, in any order; points of equal
  ///     time are added. Points outside window and margins are ignored.
  ///   - intensities: of the same points.
  ///   - start: where the peak starts, in the unit of `times`.
  ///   - end: where the peak ends.
  ///   - spectra: how many spectra the points inside window and margins came from, if other than the
  ///     number of distinct times.
  ///   - target: gets 2 × `matrixSize` values; left as it was where the peak is invalid.
  public func makeMatrix(
    times: [Double], intensities: [Double], start: Double, end: Double, spectra: Int? = nil,
    into target: UnsafeMutablePointer<Float>
  ) -> PeakMatrixOutcome {
    var scratch = Scratch(matrixSize: matrixSize)
    return times.withUnsafeBufferPointer { times in
      intensities.withUnsafeBufferPointer { intensities in
        makeMatrix(
          times: times, intensities: intensities, start: start, end: end, spectra: spectra,
          scratch: &scratch, into: target)
      }
    }
  }

  /// Memory that the matrices of many peaks share.
  struct Scratch {
    fileprivate var scans = ScanSums()
    fileprivate var positions: [Double]
    fileprivate var values: [Double]

    init(matrixSize: Int) {
      positions = [Double](repeating: 0, count: matrixSize)
      values = positions
    }
  }

  func makeMatrix(
    times: UnsafeBufferPointer<Double>, intensities: UnsafeBufferPointer<Double>, start: Double,
    end: Double, spectra: Int?, scratch: inout Scratch, into target: UnsafeMutablePointer<Float>
  ) -> PeakMatrixOutcome {
    precondition(times.count == intensities.count)
    let bounds = window(start: start, end: end)
    scratch.scans.gather(times, intensities, from: bounds.start, to: bounds.end)
    let scans = scratch.scans.times.count
    if spectra ?? scans <= 1 { return .invalid(.noSignal, scans: nil) }
    let inside = scratch.scans.times.count { $0 >= start && $0 <= end }
    if scans <= 1 { return .invalid(.noSignal, scans: inside) }
    if inside < minScanNum { return .invalid(.tooFewScans, scans: inside) }
    guard scratch.scans.sums.allSatisfy(\.isFinite) else {
      return .invalid(.notFinite, scans: inside)
    }
    space(&scratch.positions, from: bounds.start, to: bounds.end)
    let largest = interpolate(scratch.scans, at: scratch.positions, into: &scratch.values)
    if !(largest > 0) { return .invalid(.flat, scans: inside) }
    if largest == .infinity { return .invalid(.notFinite, scans: inside) }
    for index in 0..<matrixSize {
      let position = scratch.positions[index]
      target[index] = Float(scratch.values[index] / largest)
      target[matrixSize + index] = position >= start && position <= end ? 1 : 0
    }
    return .valid(scans: inside)
  }

  /// `numpy.linspace(start, end, matrixSize)`.
  private func space(_ points: inout [Double], from start: Double, to end: Double) {
    let (delta, intervals) = (end - start, Double(matrixSize - 1))
    let step = delta / intervals
    for index in 0..<matrixSize {
      points[index] =
        (step == 0 ? Double(index) / intervals * delta : Double(index) * step) + start
    }
    points[matrixSize - 1] = end
  }

  /// `numpy.interp(positions, times, sums − min(sums), left=0, right=0)`; `positions` ascend.
  /// - Returns: the largest value.
  private func interpolate(
    _ scans: ScanSums, at positions: [Double], into values: inout [Double]
  ) -> Double {
    let (times, sums, last) = (scans.times, scans.sums, scans.times.count - 1)
    let lowest = sums.min() ?? 0
    var (next, slope, largest) = (-1, 0.0, 0.0)
    for index in 0..<matrixSize {
      let position = positions[index]
      guard position >= times[0] && position <= times[last] else {
        values[index] = 0
        continue
      }
      let before = next
      while next < last && (next < 0 || times[next + 1] <= position) { next += 1 }
      if next != before, next < last {
        slope = (sums[next + 1] - lowest - (sums[next] - lowest)) / (times[next + 1] - times[next])
      }
      let left = sums[next] - lowest
      let isScan = next == last || times[next] == position
      values[index] = isScan ? left : slope * (position - times[next]) + left
      largest = max(largest, values[index])
    }
    return largest
  }
}
