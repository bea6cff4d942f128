/// A point of a spectrum that lies inside a window.
struct WindowPoint: BitwiseCopyable {
  var window: Int32
  /// Index into the times of the spectra that have such points.
  var scan: Int32
  var intensity: Double
}

/// The points of some windows, one window after another, in the file's order within each.
struct PointsByWindow {
  /// Positions of the points.
  private let order: [UInt32]
  /// Where each window's points start, and where the last one's end.
  private let offsets: [Int]

  /// A counting sort.
  /// - Parameter includes: whether a window's points are wanted.
  init(_ points: [WindowPoint], windowCount: Int, includes: (Int32) -> Bool) {
    var offsets = [Int](repeating: 0, count: windowCount + 1)
    for point in points where includes(point.window) { offsets[Int(point.window) + 1] += 1 }
    for window in 0..<windowCount { offsets[window + 1] += offsets[window] }
    self.offsets = offsets
    order = [UInt32](unsafeUninitializedCapacity: offsets[windowCount]) { order, count in
      count = offsets[windowCount]
      for (position, point) in points.enumerated() where includes(point.window) {
        let window = Int(point.window)
        order[offsets[window]] = UInt32(position)
        offsets[window] += 1
      }
    }
  }

  func of(_ window: Int) -> ArraySlice<UInt32> { order[offsets[window]..<offsets[window + 1]] }
}

/// The chromatogram of one window.
struct WindowChromatogram {
  private(set) var times: [Double] = []
  private(set) var intensities: [Double] = []
  /// How many spectra its points came from.
  private(set) var spectra = 0

  /// Replaces what was there.
  /// - Parameters:
  ///   - order: positions of the window's points.
  ///   - scanTimes: what the points' scans index.
  mutating func gather(
    _ order: ArraySlice<UInt32>, of points: [WindowPoint], scanTimes: [Double]
  ) {
    times.removeAll(keepingCapacity: true)
    intensities.removeAll(keepingCapacity: true)
    spectra = 0
    var lastScan: Int32 = -1
    for position in order {
      let point = points[Int(position)]
      times.append(scanTimes[Int(point.scan)])
      intensities.append(point.intensity)
      if point.scan != lastScan { spectra += 1 }
      lastScan = point.scan
    }
  }
}
