import PeakData

/// What `prepare` is asked for, with NeatMS's defaults.
public struct PreparationRequest: Sendable {
  public var raw: String
  public var features: String
  public var format: FeatureTableFormat
  public var labels: String
  public var out: String
  public var rule = PeakMatrixRule()
  /// NeatMS's `validation_split`, 0 ≤ s < 0.5.
  public var validationSplit = 0.1
  public var normaliseClass = false
  public var classes = ClassRule()
  public var tolerance = LabelTolerance()
  public var seed: UInt64 = 0
  public var overwrite = false
  public var skipBadFiles = false
  /// Where the labels that found no peak are listed as CSV, besides the messages.
  public var unmatched: String?

  public init(
    raw: String, features: String, format: FeatureTableFormat, labels: String, out: String
  ) {
    self.raw = raw
    self.features = features
    self.format = format
    self.labels = labels
    self.out = out
  }
}
