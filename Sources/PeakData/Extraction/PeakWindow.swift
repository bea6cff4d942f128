/// Where a peak lies in a run; all bounds are inclusive. Plain numbers, so that windows travel
/// between ranks as bytes.
public struct PeakWindow: Sendable, Equatable, BitwiseCopyable {
  /// Minutes.
  public var rtStart: Double
  public var rtEnd: Double
  /// Th.
  public var mzMin: Double
  public var mzMax: Double

  public init(rtStart: Double, rtEnd: Double, mzMin: Double, mzMax: Double) {
    self.rtStart = rtStart
    self.rtEnd = rtEnd
    self.mzMin = mzMin
    self.mzMax = mzMax
  }
}

extension FeaturePeak {
  public var window: PeakWindow {
    PeakWindow(rtStart: rtStart, rtEnd: rtEnd, mzMin: mzMin, mzMax: mzMax)
  }
}

/// What came out of one raw file.
public struct SampleExtraction: Sendable {
  /// One outcome a window, in the order asked for.
  public var outcomes: [PeakMatrixOutcome]
  /// The matrices of the valid windows only, in order: 2 × matrix size floats each.
  public var matrices: [Float]
  public var run: RunSummary
  /// How often the file was read.
  public var passes: Int

  public init(
    outcomes: [PeakMatrixOutcome], matrices: [Float], run: RunSummary, passes: Int = 1
  ) {
    self.outcomes = outcomes
    self.matrices = matrices
    self.run = run
    self.passes = passes
  }
}

extension SampleExtraction {
  /// What a user should know; nil where all is as usual.
  public var remark: String? {
    let again =
      passes > 1
      ? "was read \(passes) times, since its peaks have more points than find room, or its times go back"
      : nil
    let remarks = [run.remark, again].compactMap(\.self)
    return remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }
}
