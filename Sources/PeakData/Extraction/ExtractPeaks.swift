/// Makes the matrices of peaks of one raw file.
///
/// As long as scan times rise, peaks that they have left behind are made and their points forgotten,
/// so that one pass needs memory for the matrices and the peaks still open. Peaks that this does not
/// serve are made in further passes over the file, each as many as their points find room for: those
/// that time goes back into (runs joined into one file), and those open at once that have more points
/// than there is room. Points of one scan are kept as their sum, unless scan times repeat: then only of peaks
/// that have more than 65,536 points, whose sums may differ from NeatMS's by rounding.
///
/// - Parameters:
///   - path: an mzML file.
///   - windows: the peaks, in any order.
///   - pointsKept: how many points may wait at once, 20 bytes each; by default 256 a peak, at least
///     3 million.
///   - poll: called between spectra and, now and then, between matrices.
/// - Throws: `Failure` of the reader, which names the file; what `poll` throws.
public func extractPeaks(
  from path: String, windows: [PeakWindow], rule: PeakMatrixRule, pointsKept: Int? = nil,
  poll: () throws -> Void = {}
) throws -> SampleExtraction {
  let room = pointsKept ?? max(3 << 20, 256 * windows.count)
  do {
    return try extract(from: path, windows, rule, room: room, sumsScans: true, poll: poll)
  } catch is PeakExtractor.TimesRepeat {
    return try extract(from: path, windows, rule, room: room, sumsScans: false, poll: poll)
  }
}

private func extract(
  from path: String, _ windows: [PeakWindow], _ rule: PeakMatrixRule, room: Int, sumsScans: Bool,
  poll: () throws -> Void
) throws -> SampleExtraction {
  var extractor = PeakExtractor(windows: windows, rule: rule, room: room, sumsScans: sumsScans)
  var run = RunSummary()
  var (outcomes, passes) = ([PeakMatrixOutcome](), 1)
  let matrices = try [Float](unsafeUninitializedCapacity: windows.count * 2 * rule.matrixSize) {
    buffer, filled in
    func readFile() throws -> RunSummary {
      let run = try MzMLReader(path: path).read(wants: extractor.ranges.contains) { spectrum in
        try extractor.add(spectrum)
        if extractor.isFull { try extractor.makeRoom(into: buffer, poll: poll) }
        try poll()
      }
      try extractor.makeAll(into: buffer, poll: poll)
      return run
    }
    run = try readFile()
    let groups = extractor.groupsLeft()
    passes += groups.count
    for group in groups {
      extractor.begin(with: group)
      _ = try readFile()
    }
    outcomes = extractor.finish(run, into: buffer, filled: &filled)
  }
  return SampleExtraction(outcomes: outcomes, matrices: matrices, run: run, passes: passes)
}
