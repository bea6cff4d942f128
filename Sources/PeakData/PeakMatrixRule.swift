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
    precondition(times.count == intensities.count)
    let bounds = window(start: start, end: end)
    let scans = ScanSums(times, intensities, from: bounds.start, to: bounds.end)
    if spectra ?? scans.times.count <= 1 { return .invalid(.noSignal, scans: nil) }
    let inside = scans.times.count { $0 >= start && $0 <= end }
    if scans.times.count <= 1 { return .invalid(.noSignal, scans: inside) }
    if inside < minScanNum { return .invalid(.tooFewScans, scans: inside) }
    guard scans.sums.allSatisfy(\.isFinite) else { return .invalid(.notFinite, scans: inside) }
    let positions = linearSpace(from: bounds.start, to: bounds.end)
    let values = interpolated(scans, at: positions)
    guard let largest = values.max(), largest > 0 else { return .invalid(.flat, scans: inside) }
    for index in 0..<matrixSize {
      let position = positions[index]
      target[index] = Float(values[index] / largest)
      target[matrixSize + index] = position >= start && position <= end ? 1 : 0
    }
    return .valid(scans: inside)
  }

  /// `numpy.linspace(start, end, matrixSize)`.
  private func linearSpace(from start: Double, to end: Double) -> [Double] {
    let (delta, intervals) = (end - start, Double(matrixSize - 1))
    let step = delta / intervals
    var points = (0..<matrixSize).map { index in
      (step == 0 ? Double(index) / intervals * delta : Double(index) * step) + start
    }
    points[matrixSize - 1] = end
    return points
  }

  /// `numpy.interp(positions, times, sums − min(sums), left=0, right=0)`; `positions` ascend.
  private func interpolated(_ scans: ScanSums, at positions: [Double]) -> [Double] {
    let (times, last) = (scans.times, scans.times.count - 1)
    let lowest = scans.sums.min() ?? 0
    var next = 0
    return positions.map { position in
      if !(position >= times[0] && position <= times[last]) { return 0 }
      while next < last && times[next + 1] <= position { next += 1 }
      let left = scans.sums[next] - lowest
      if next == last || times[next] == position { return left }
      let slope = (scans.sums[next + 1] - lowest - left) / (times[next + 1] - times[next])
      return slope * (position - times[next]) + left
    }
  }
}
