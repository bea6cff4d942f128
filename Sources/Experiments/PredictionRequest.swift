import PeakData

/// What `predict` is asked for. What is nil is taken from the model.
public struct PredictionRequest: Sendable {
  /// A Keras `.h5` of this network.
  public var model: String
  public var raw: String
  public var features: String
  public var format: FeatureTableFormat
  public var out: String
  /// The class that a peak gets as soon as its probability reaches `threshold`.
  public var label: String?
  /// 0 … 1.
  public var threshold: Double?
  /// Class names of a model whose file has none; in any order.
  public var classes: [String]?
  public var matrixSize: Int?
  public var margin: Double?
  public var minScanNum: Int?
  public var overwrite = false
  public var skipBadFiles = false

  public init(
    model: String, raw: String, features: String, format: FeatureTableFormat, out: String
  ) {
    self.model = model
    self.raw = raw
    self.features = features
    self.format = format
    self.out = out
  }
}
