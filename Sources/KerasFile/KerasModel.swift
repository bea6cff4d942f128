import Model

/// Everything a Keras model file holds about this network.
public struct KerasModel: Sendable, Equatable, Codable {
  /// The kinds of files.
  public enum Format: String, Sendable, Equatable, Codable {
    /// A whole model in Keras's legacy HDF5.
    case h5
    /// A whole model in the zip of Keras 2.12 and later.
    case keras
    /// Weights only, of either kind: the network is what `assumptions` say.
    case weights
  }

  public var architecture: Architecture
  /// All weights, in the order of `ParameterLayout(architecture)`.
  public var weights: [Float]
  /// What the model was compiled with; nil for a file that does not say (weights only, or an
  /// optimizer other than Adam and SGD).
  public var optimizer: OptimizerConfiguration?
  /// The optimizer's moments and step count; nil where the file has none, or none that training can
  /// go on from.
  public var optimizerState: OptimizerState?
  /// Why training cannot go on from what the file says of its own: a clause for the user, such as
  /// "was compiled with AMSGrad, which neatms-dist does not have". Nil where it can, and where the
  /// file says nothing of it.
  public var stateRemark: String?
  public var format = Format.h5
  /// What the file says wrote it: "2.15.0" and "tensorflow" for Keras's own.
  public var kerasVersion: String?
  public var backend: String?
  /// Ours only: the version of this program that wrote the file, in the format of that Keras.
  public var programVersion: String?
  /// What the file does not say and was taken to be as in NeatMS, one sentence each, for the user.
  public var assumptions: [String] = []
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

  /// Who wrote the file: "Keras 2.3.0-tf (tensorflow)", or "neatms-dist 0.1.0 in Keras 2.15.0's
  /// format".
  public var writer: String {
    let keras = "Keras \(kerasVersion ?? "of an unknown version")"
    if let programVersion { return "neatms-dist \(programVersion) in \(keras)'s format" }
    return backend.map { "\(keras) (\($0))" } ?? keras
  }

  /// The names of layers that are not trained.
  public var frozenLayers: Set<String> {
    Set(architecture.layers.filter { !$0.trainable }.map(\.name))
  }
}
