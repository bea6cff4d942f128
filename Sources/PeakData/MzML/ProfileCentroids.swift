import Glibc

/// The peaks of a profile spectrum, as pymzML 2.6's `peaks("centroided")` finds them: every local
/// maximum with its two neighbours, through which a Gaussian is laid.
struct ProfileCentroids {
  private(set) var mz: [Double] = []
  private(set) var intensities: [Double] = []

  /// Replaces what was found before.
  mutating func find(
    _ mz: UnsafeBufferPointer<Double>, _ intensities: UnsafeBufferPointer<Double>
  ) {
    self.mz.removeAll(keepingCapacity: true)
    self.intensities.removeAll(keepingCapacity: true)
    guard intensities.count > 3 else { return }
    // The first two points and the last are no maxima for pymzML.
    for top in 2..<(intensities.count - 1) {
      let (before, at, after) = (intensities[top - 1], intensities[top], intensities[top + 1])
      guard before > 0, at > before, at > after, after > 0 else { continue }
      guard
        let peak = Self.gaussian(
          mz[top - 1], before, mz[top], at, mz[top + 1], after)
      else { continue }
      self.mz.append(peak.mz)
      self.intensities.append(peak.intensity)
    }
  }

  /// Whether points marked as profile are centroids, told by these points alone.
  ///
  /// A profile is sampled along m/z: most of its points lie between two neighbours close by, here at
  /// most half a Th away, below and above. Where none does, or m/z also jumps back and fewer than
  /// every second does, there is no curve to find a top of. (Frames of ion mobility joined to one
  /// spectrum jump back too, but are sampled.) Fewer than four points tell nothing.
  static func isAlready(_ mz: UnsafeBufferPointer<Double>) -> Bool {
    guard mz.count > 3 else { return false }
    var (between, back, wasClose) = (0, 0, false)
    for index in 1..<mz.count {
      let step = mz[index] - mz[index - 1]
      let isClose = step >= 0 && step <= 0.5
      if isClose && wasClose { between += 1 }
      if step < 0 { back += 1 }
      wasClose = isClose
    }
    return between == 0 || back > 0 && 2 * between < mz.count
  }

  /// Centre and height of the Gaussian through three points, in pymzML's order of operations; nil
  /// where it skips the point, or where Python would not get a number.
  private static func gaussian(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ x3: Double, _ third: Double
  ) -> (mz: Double, intensity: Double)? {
    if x2 - x1 > (x3 - x2) * 10 || (x2 - x1) * 10 < x3 - x2 { return nil }
    let y3 = third == y1 ? third + 0.01 * y1 : third
    let (rise, fall) = (log(y3 / y1), log(y1 / y2))
    if rise == 0 || fall == 0 { return nil }
    let ratio = log(y2 / y1) / rise
    let divisor = 2 * (x2 - x1) - 2 * ratio * (x3 - x1)
    if divisor == 0 { return nil }
    let centre = (ratio * (x1 * x1 - x3 * x3) - x1 * x1 + x2 * x2) / divisor
    let squaredWidth = (x2 * x2 - x1 * x1 - 2 * x2 * centre + 2 * x1 * centre) / (2 * fall)
    if squaredWidth == 0 { return nil }
    let height = y1 * exp((x1 - centre) * (x1 - centre) / (2 * squaredWidth))
    return centre.isFinite && height.isFinite ? (centre, height) : nil
  }
}
