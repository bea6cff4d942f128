/// Makes the matrices of peaks of one raw file.
///
/// As long as scan times rise, peaks that they have left behind are made and their points forgotten,
/// so that one pass needs memory for the matrices and the peaks still open. A file in which time
/// goes back into a peak already made (runs joined into one file) is read again from its start, with
/// all points kept to its end.
///
/// - Parameters:
///   - path: an mzML file.
///   - windows: the peaks, in any order.
///   - pointsKept: how many points may wait (16 bytes each) before peaks left behind are made.
///   - poll: called between spectra and, now and then, between matrices.
/// - Throws: `Failure` of the reader, which names the file; what `poll` throws.
public func extractPeaks(
  from path: String, windows: [PeakWindow], rule: PeakMatrixRule, pointsKept: Int = 1 << 20,
  poll: () throws -> Void = {}
) throws -> SampleExtraction {
  do {
    return try extractInOnePass(from: path, windows, rule, pointsKept: pointsKept, poll: poll)
  } catch is PeakExtractor.TimeWentBack {
    return try extractInOnePass(from: path, windows, rule, pointsKept: .max, poll: poll)
  }
}

private func extractInOnePass(
  from path: String, _ windows: [PeakWindow], _ rule: PeakMatrixRule, pointsKept: Int,
  poll: () throws -> Void
) throws -> SampleExtraction {
  var extractor = PeakExtractor(windows: windows, rule: rule, pointsKept: pointsKept)
  let ranges = extractor.ranges
  var run = RunSummary()
  var outcomes: [PeakMatrixOutcome] = []
  let matrices = try [Float](unsafeUninitializedCapacity: windows.count * 2 * rule.matrixSize) {
    buffer, filled in
    run = try MzMLReader(path: path).read(wants: ranges.contains) { spectrum in
      try extractor.add(spectrum)
      if extractor.isFull { try extractor.finishPeaksLeftBehind(into: buffer, poll: poll) }
      try poll()
    }
    outcomes = try extractor.finish(run, into: buffer, filled: &filled, poll: poll)
  }
  return SampleExtraction(outcomes: outcomes, matrices: matrices, run: run)
}
