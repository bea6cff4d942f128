extension PeakExtractor {
  /// Scans written out of order by less than this (minutes) do not go back behind a finished peak.
  private static var slack: Double { 1 }

  /// Makes the matrices of the peaks that time has left behind, and forgets their points.
  ///
  /// - Parameter matrices: room for the matrix of every window, at its place.
  mutating func finishPeaksLeftBehind(
    into matrices: UnsafeMutableBufferPointer<Float>, poll: () throws -> Void
  ) throws {
    let time = lastTime - Self.slack
    try make(into: matrices, poll: poll) { [ends] in ends[Int($0)] < time }
    points.removeAll { ends[Int($0.window)] < time }
    finishedTime = max(finishedTime, time)
    limit = max(limit, 2 * points.count)
  }

  /// Makes all matrices that are left, and moves the valid ones together.
  ///
  /// - Parameters:
  ///   - matrices: as before.
  ///   - filled: how many values the valid matrices have, which are then at the front, in order.
  /// - Returns: one outcome a window.
  mutating func finish(
    _ run: RunSummary, into matrices: UnsafeMutableBufferPointer<Float>, filled: inout Int,
    poll: () throws -> Void
  ) throws -> [PeakMatrixOutcome] {
    try make(into: matrices, poll: poll) { _ in true }
    points = []
    let size = 2 * rule.matrixSize
    return windows.indices.map { window in
      guard let outcome = outcomes[window] else { return outcomeWithoutPoints(window, run) }
      if outcome.isValid, let base = matrices.baseAddress {
        (base + filled).update(from: base + window * size, count: size)
        filled += size
      }
      return outcome
    }
  }

  private mutating func make(
    into matrices: UnsafeMutableBufferPointer<Float>, poll: () throws -> Void,
    where includes: (Int32) -> Bool
  ) throws {
    let sorted = PointsByWindow(points, windowCount: windows.count, includes: includes)
    var chromatogram = WindowChromatogram()
    var made = 0
    for window in windows.indices {
      let own = sorted.of(window)
      if own.isEmpty { continue }
      if made % 16 == 0 { try poll() }
      made += 1
      chromatogram.gather(own, of: points, scanTimes: times)
      outcomes[window] = makeMatrix(window, chromatogram, into: matrices)
    }
  }

  private mutating func makeMatrix(
    _ index: Int, _ chromatogram: WindowChromatogram,
    into matrices: UnsafeMutableBufferPointer<Float>
  ) -> PeakMatrixOutcome? {
    guard let base = matrices.baseAddress else { return nil }
    let window = windows[index]
    return chromatogram.times.withUnsafeBufferPointer { times in
      chromatogram.intensities.withUnsafeBufferPointer { intensities in
        rule.makeMatrix(
          times: times, intensities: intensities, start: window.rtStart, end: window.rtEnd,
          spectra: chromatogram.spectra, scratch: &scratch,
          into: base + index * 2 * rule.matrixSize)
      }
    }
  }

  private func outcomeWithoutPoints(_ index: Int, _ run: RunSummary) -> PeakMatrixOutcome {
    let wide = rule.window(start: windows[index].rtStart, end: windows[index].rtEnd)
    let touches = run.times.map { $0.lowerBound <= wide.end && wide.start <= $0.upperBound }
    return .invalid(touches == true ? .noSignal : .outsideRun, scans: nil)
  }
}
