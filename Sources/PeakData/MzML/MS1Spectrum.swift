/// One MS1 spectrum of a raw file, centroided as NeatMS sees it. The arrays are valid only during
/// the call that hands the spectrum over.
public struct MS1Spectrum {
  /// Position among all spectra of the file, of any MS level, from 0.
  public let index: Int
  /// Scan start time in minutes.
  public let time: Double
  /// Mass-to-charge ratios in Th, in the file's order: usually, but not always, ascending.
  public let mz: UnsafeBufferPointer<Double>
  /// Intensities of the same points; explicit zeros are points too.
  public let intensities: UnsafeBufferPointer<Double>
  /// Both arrays came from 32-bit floats: NumPy then compares m/z with a peak's bounds in single
  /// precision, and so must whoever follows NeatMS.
  public let isSinglePrecision: Bool

  public init(
    index: Int, time: Double, mz: UnsafeBufferPointer<Double>,
    intensities: UnsafeBufferPointer<Double>, isSinglePrecision: Bool
  ) {
    self.index = index
    self.time = time
    self.mz = mz
    self.intensities = intensities
    self.isSinglePrecision = isSinglePrecision
  }
}

/// What a pass over a raw file met.
public struct RunSummary: Sendable, Equatable {
  /// MS1 spectra, also those without a point.
  public var ms1Spectra = 0
  /// Spectra of other levels, or of none.
  public var otherSpectra = 0
  public var chromatograms = 0
  /// How many spectra the file says it has; nil where it does not say.
  public var announcedSpectra: Int?
  /// The lowest and the highest MS1 scan time in minutes; nil without MS1 spectra.
  public var times: ClosedRange<Double>?

  /// Of those decoded: profile spectra with points none of which is a peak.
  public var profilesWithoutPeaks = 0
  /// Of those decoded: spectra marked as profile whose points are centroids, and were taken as such.
  public var misnamedProfiles = 0

  public init() {}

  /// Takes an MS1 scan time in minutes.
  mutating func take(_ time: Double) {
    times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
  }
}
