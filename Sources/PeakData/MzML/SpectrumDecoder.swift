import Support

/// Turns the arrays of a spectrum into points.
struct SpectrumDecoder: ~Copyable {
  private var mz = ArrayDecoder()
  private var intensities = ArrayDecoder()
  private var centroids = ProfileCentroids()
  /// Profile spectra with points none of which is a peak.
  private(set) var profilesWithoutPeaks = 0
  /// Spectra marked as profile that were taken for the centroids they hold.
  private(set) var misnamedProfiles = 0

  init() {}

  /// Decodes a spectrum and hands it over.
  /// - Throws: `Failure(.badData)` where the arrays are damaged or differ in length.
  mutating func decode(
    _ record: SpectrumRecord, at time: Double, from stream: borrowing MzMLStream, in path: String,
    _ body: (MS1Spectrum) throws -> Void
  ) throws {
    defer {
      mz.finish()
      intensities.finish()
    }
    try Self.decode(record.mz, "m/z", &mz, record, stream, path)
    try Self.decode(record.intensity, "intensity", &intensities, record, stream, path)
    guard mz.values.count == intensities.values.count else {
      throw Failure(
        .badData, "the m/z and the intensity array differ in length", at: record.place(in: path),
        expected: "as many intensities as m/z values",
        found: "\(mz.values.count) m/z values and \(intensities.values.count) intensities")
    }
    let isMisnamed = record.isProfile && ProfileCentroids.isAlready(mz.values)
    if isMisnamed { misnamedProfiles += 1 }
    guard record.isProfile && !isMisnamed else {
      return try body(
        MS1Spectrum(
          index: record.index, time: time, mz: mz.values, intensities: intensities.values,
          isSinglePrecision: mz.isSinglePrecision && intensities.isSinglePrecision))
    }
    centroids.find(mz.values, intensities.values)
    if centroids.mz.isEmpty && !mz.values.isEmpty { profilesWithoutPeaks += 1 }
    try centroids.mz.withUnsafeBufferPointer { mz in
      try centroids.intensities.withUnsafeBufferPointer { intensities in
        try body(
          MS1Spectrum(
            index: record.index, time: time, mz: mz, intensities: intensities,
            isSinglePrecision: false))
      }
    }
  }

  private static func decode(
    _ array: ArrayEncoding?, _ name: String, _ decoder: inout ArrayDecoder,
    _ record: SpectrumRecord, _ stream: borrowing MzMLStream, _ path: String
  ) throws {
    do {
      if array?.isBroken == true { throw DataProblem.brokenText }
      if let array, let text = array.text {
        guard let characters = stream.text(text) else { throw DataProblem.brokenText }
        try decoder.decode(characters, as: array)
        stream.drop(text)
      } else {
        decoder.clear()
      }
    } catch let problem as DataProblem {
      throw MzMLFailure.spectrum(problem, name, at: record.place(in: path))
    }
  }
}
