import Model

/// Which number early stopping, the best model and the plateau rule watch. `val_` is the test set.
public enum Monitor: String, Codable, Sendable, CaseIterable {
  case valLoss = "val_loss"
  case valAccuracy = "val_accuracy"
  case loss
  case accuracy

  /// Keras's `mode="auto"`: accuracies should grow, losses shrink.
  public var growsWhenBetter: Bool { self == .valAccuracy || self == .accuracy }
  public var needsTestSet: Bool { self == .valLoss || self == .valAccuracy }
}

/// When checkpoints are written.
public enum CheckpointInterval: Codable, Sendable, Equatable {
  case epochs(Int)
  /// Looked at when an epoch ends.
  case seconds(Double)
}

/// Everything that decides what a training computes; kept in `run.json` and in checkpoints, and
/// compared on resuming.
public struct TrainingOptions: Codable, Sendable, Equatable {
  /// `adam` or `sgd`.
  public var optimizer = "adam"
  public var learningRate: Float = 0.00001
  public var momentum: Float = 0
  /// Samples of a batch over all ranks.
  public var batchSize = 32
  public var seed: UInt64 = 0
  public var shuffle = true
  /// Replaces the rate of every dropout layer; nil leaves the model's.
  public var dropout: Float?
  /// `balanced`, or `NAME=W,…` as given; nil: none.
  public var classWeight: String?
  /// Epochs without improvement before the run stops; nil: never.
  public var earlyStopping: Int?
  public var minDelta = 0.0
  public var monitor = Monitor.valLoss
  public var reduceLRPatience: Int?
  public var reduceLRFactor: Double?
  /// Which layers are not trained, as typed; nil: as the model says.
  public var freeze: String?
  /// Which layers alone are trained, as typed; nil: as the model says.
  public var trainOnly: String?
  /// Whether the last layer was made anew for the data's classes.
  public var newClassifier: Bool?

  /// How the ranks share the work; nil: `auto`.
  public var parallel: ParallelMode?
  /// Lanes of a sharded step; nil: 8, or more where there are more ranks.
  public var lanes: Int?
  /// In which numbers a sharded step sends features; nil: `fp32`.
  public var wire: Wire?

  public init() {}

  /// `--freeze` or `--train-only`.
  public var layers: LayerChoice {
    get { LayerChoice(freeze: freeze, trainOnly: trainOnly) }
    set { (freeze, trainOnly) = (newValue.freeze, newValue.trainOnly) }
  }

  public var optimizerConfiguration: OptimizerConfiguration {
    optimizer == "sgd"
      ? .sgd(learningRate: learningRate, momentum: momentum) : .adam(learningRate: learningRate)
  }

  /// The options as the command line names them, for messages.
  public var described: [(name: String, value: String)] {
    [
      ("--optimizer", optimizer), ("--learning-rate", "\(learningRate)"),
      ("--momentum", "\(momentum)"), ("--batch-size", "\(batchSize)"), ("--seed", "\(seed)"),
      ("--no-shuffle", "\(!shuffle)"),
      ("--dropout", dropout.map { "\($0)" } ?? "as the model says"),
      ("--class-weight", classWeight ?? "none"),
      ("--early-stopping", earlyStopping.map { "\($0)" } ?? "off"), ("--min-delta", "\(minDelta)"),
      ("--monitor", monitor.rawValue),
      ("--reduce-lr-patience", reduceLRPatience.map { "\($0)" } ?? "off"),
      ("--reduce-lr-factor", reduceLRFactor.map { "\($0)" } ?? "off"),
    ]
  }

  /// The most samples that a step has, with so many peaks to train on: what buffers need room for.
  public func largestStep(of peaks: Int) -> Int { min(batchSize, max(peaks, 1)) }
}
