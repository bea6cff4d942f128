import Model

/// The numbers that make a model at one moment: weights and optimizer.
public struct ModelSnapshot: Sendable, Equatable, Codable {
  public var weights: [Float]
  public var optimizer: OptimizerState
  public var learningRate: Float

  public init(weights: [Float], optimizer: OptimizerState, learningRate: Float) {
    self.weights = weights
    self.optimizer = optimizer
    self.learningRate = learningRate
  }
}

/// One epoch's row of `history.csv`; Keras's names. `val_` numbers are the test set's, nil where it
/// is empty.
public struct EpochRecord: Codable, Sendable, Equatable {
  public var epoch: Int
  public var accuracy: Double
  public var loss: Double
  public var mae: Double
  public var valAccuracy: Double?
  public var valLoss: Double?
  public var valMAE: Double?
  /// The learning rate the epoch was trained with.
  public var lr: Float
  public var samplesPerSecond: Double
  public var seconds: Double

  public init(epoch: Int, accuracy: Double, loss: Double, mae: Double, lr: Float) {
    (self.epoch, self.accuracy, self.loss, self.mae, self.lr) = (epoch, accuracy, loss, mae, lr)
    samplesPerSecond = 0
    seconds = 0
  }

  public func value(_ monitor: Monitor) -> Double? {
    switch monitor {
    case .valLoss: valLoss
    case .valAccuracy: valAccuracy
    case .loss: loss
    case .accuracy: accuracy
    }
  }
}

/// Everything a training is, at the end of an epoch: capturing it and restoring it later continues
/// with the same bits on the same number of ranks.
///
/// The generator needs no state of its own: draws are keyed by seed, epoch and position.
public struct TrainingState: Sendable, Equatable {
  /// Epochs completed.
  public var epoch: Int
  public var model: ModelSnapshot
  /// The model of the best epoch so far, where it is not this one.
  public var best: ModelSnapshot?
  /// Each callback's own state, by callback name, as JSON.
  public var callbacks: [String: String]
  public var history: [EpochRecord]

  public init(
    epoch: Int, model: ModelSnapshot, best: ModelSnapshot?, callbacks: [String: String],
    history: [EpochRecord]
  ) {
    self.epoch = epoch
    self.model = model
    self.best = best
    self.callbacks = callbacks
    self.history = history
  }
}
