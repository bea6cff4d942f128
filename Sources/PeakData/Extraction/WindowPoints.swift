/// The points of each window, one window after another, in the file's order within each.
struct WindowPoints {
  private(set) var times: [Double]
  private(set) var intensities: [Double]
  /// How many spectra each window's points came from.
  private(set) var spectra: [Int]
  /// Where each window's points start, and where the last one's end.
  private let offsets: [Int]

  /// A counting sort by window.
  init(_ hits: PeakExtractor.Hits, times scanTimes: [Double], windowCount: Int) {
    var offsets = [Int](repeating: 0, count: windowCount + 1)
    for window in hits.windows { offsets[Int(window) + 1] += 1 }
    for window in 0..<windowCount { offsets[window + 1] += offsets[window] }
    let count = hits.windows.count
    var (next, lastScan) = (offsets, [Int32](repeating: -1, count: windowCount))
    var (spectra, times) = (
      [Int](repeating: 0, count: windowCount), [Double](repeating: 0, count: count)
    )
    var intensities = times
    for hit in 0..<count {
      let (window, scan) = (Int(hits.windows[hit]), hits.scans[hit])
      let slot = next[window]
      next[window] = slot + 1
      times[slot] = scanTimes[Int(scan)]
      intensities[slot] = hits.intensities[hit]
      if lastScan[window] != scan {
        lastScan[window] = scan
        spectra[window] += 1
      }
    }
    (self.times, self.intensities, self.spectra, self.offsets) = (
      times, intensities, spectra, offsets
    )
  }

  func range(_ window: Int) -> Range<Int> { offsets[window]..<offsets[window + 1] }
}
