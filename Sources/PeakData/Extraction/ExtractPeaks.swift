/// Makes the matrices of peaks of one raw file, in one pass over it.
///
/// - Parameters:
///   - path: an mzML file.
///   - windows: the peaks, in any order.
///   - poll: called between spectra and, now and then, between matrices.
/// - Throws: `Failure` of the reader, which names the file; what `poll` throws.
public func extractPeaks(
  from path: String, windows: [PeakWindow], rule: PeakMatrixRule, poll: () throws -> Void = {}
) throws -> SampleExtraction {
  var extractor = PeakExtractor(windows: windows, rule: rule)
  let ranges = extractor.ranges
  let take = { (spectrum: MS1Spectrum) in
    extractor.add(spectrum)
    try poll()
  }
  let run = try MzMLReader(path: path).read(wants: ranges.contains, take)
  return try extractor.finish(run, poll: poll)
}
