extension PeakExtractor {
  /// Scans written out of order by less than this (minutes) do not go back behind a finished peak.
  private static var slack: Double { 1 }

  /// Makes the matrices of the peaks that time has left behind, and forgets their points. Where that
  /// is not enough, peaks that end last are left for further passes.
  ///
  /// - Parameter matrices: room for the matrix of every window, at its place.
  mutating func makeRoom(
    into matrices: UnsafeMutableBufferPointer<Float>, poll: () throws -> Void
  ) throws {
    let time = lastTime - Self.slack
    try make(into: matrices, poll: poll) { [ends] in ends[$0] < time }
    forgetPoints()
    if points.count > room / 2 {
      leaveForFurtherPasses()
      forgetPoints()
    }
    limit = min(room, max(limit, 2 * points.count))
  }

  private mutating func forgetPoints() {
    points.removeAll { [states] in states[Int($0.window)] != .open }
  }

  /// Leaves windows that end last, until the others have no more points than half of the room.
  private mutating func leaveForFurtherPasses() {
    var counts = [Int](repeating: 0, count: windows.count)
    for point in points { counts[Int(point.window)] += 1 }
    var left = points.count
    let open = counts.indices.filter { counts[$0] > 0 }
    for window in open.sorted(by: { (ends[$0], $0) > (ends[$1], $1) }) where left > room / 2 {
      states[window] = .left
      left -= counts[window]
    }
  }

  /// Makes the matrices of all windows that are open.
  mutating func makeAll(
    into matrices: UnsafeMutableBufferPointer<Float>, poll: () throws -> Void
  ) throws {
    try make(into: matrices, poll: poll) { _ in true }
    points.removeAll(keepingCapacity: true)
  }

  /// The windows for further passes, in order of their start: in each group as many as find room
  /// with all their points, one at least.
  func groupsLeft() -> [[Int]] {
    var groups: [[Int]] = []
    var count = 0
    let left = windows.indices.filter { states[$0] == .left }
    for window in left.sorted(by: { (starts[$0], $0) < (starts[$1], $1) }) {
      if groups.isEmpty || count + pointsKept(of: window) > room {
        groups.append([])
        count = 0
      }
      groups[groups.count - 1].append(window)
      count += pointsKept(of: window)
    }
    return groups
  }

  /// Moves the valid matrices together.
  ///
  /// - Parameters:
  ///   - matrices: as before.
  ///   - filled: how many values the valid matrices have, which are then at the front, in order.
  /// - Returns: one outcome a window.
  func finish(
    _ run: RunSummary, into matrices: UnsafeMutableBufferPointer<Float>, filled: inout Int
  ) -> [PeakMatrixOutcome] {
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
    where includes: (Int) -> Bool
  ) throws {
    let sorted = PointsByWindow(points, windowCount: windows.count) { [states] in
      states[Int($0)] == .open && includes(Int($0))
    }
    var chromatogram = WindowChromatogram()
    var made = 0
    for window in windows.indices {
      let own = sorted.of(window)
      if own.isEmpty { continue }
      if made % 16 == 0 { try poll() }
      made += 1
      chromatogram.gather(own, of: points, scanTimes: times)
      outcomes[window] = makeMatrix(window, chromatogram, into: matrices)
      states[window] = .made
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
