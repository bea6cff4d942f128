import Model

/// Everything a Keras legacy `.h5` holds about this network.
public struct KerasModel: Sendable, Equatable {
  public var architecture: Architecture
  /// All weights, in the order of `ParameterLayout(architecture)`.
  public var weights: [Float]
  /// What the model was compiled with; nil for a file without `training_config` (weights only, or
  /// an optimizer other than Adam and SGD).
  public var optimizer: OptimizerConfiguration?
  /// The optimizer's moments and step count; nil where the file has none.
  public var optimizerState: OptimizerState?
  /// What the file says wrote it: "2.15.0" and "tensorflow" for Keras's own.
  public var kerasVersion: String?
  public var backend: String?
  /// Ours only: the version of this program that wrote the file, in the format of that Keras.
  public var programVersion: String?
  /// Ours only: class names in output order, margin, and minimum scans of the training data.
  public var classes: [String]?
  public var margin: Double?
  public var minScanNum: Int?

  public init(
    architecture: Architecture, weights: [Float], optimizer: OptimizerConfiguration? = nil,
    optimizerState: OptimizerState? = nil, classes: [String]? = nil, margin: Double? = nil,
    minScanNum: Int? = nil
  ) {
    self.architecture = architecture
    self.weights = weights
    self.optimizer = optimizer
    self.optimizerState = optimizerState
    self.classes = classes
    self.margin = margin
    self.minScanNum = minScanNum
  }
}
