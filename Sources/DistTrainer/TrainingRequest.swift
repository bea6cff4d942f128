import Model
import Support

/// What `train` was asked for. Options that were not given are nil: a resumed run takes its own, a
/// new one the defaults.
public struct TrainingRequest: Sendable {
  /// How long to train.
  public enum Epochs: Sendable, Equatable {
    /// Until this many epochs are completed.
    case total(Int)
    /// This many more than are completed.
    case more(Int)
  }

  /// What to do about the run folder.
  public enum Mode: Sendable { case new, overwrite, resume }

  /// A `batches.h5`; nil: the embedded demo set.
  public var data: String?
  public var model: String?
  public var freshOptimizer = false
  public var optimizer: String?
  public var learningRate: Float?
  public var momentum: Float?
  public var epochs: Epochs?
  public var batchSize: Int?
  public var seed: UInt64?
  public var shuffle: Bool?
  public var dropout: Float?
  public var classWeight: String?
  public var earlyStopping: Int?
  public var minDelta: Double?
  public var monitor: Monitor?
  public var reduceLRPatience: Int?
  public var reduceLRFactor: Double?
  /// `--freeze` or `--train-only`.
  public var layers = LayerChoice()
  public var newClassifier = false
  public var parallel: ParallelMode?
  public var lanes: Int?
  public var wire: Wire?
  public var featureCache = FeatureCacheLimit.automatic
  public var out = "neatms-run"
  public var mode = Mode.new
  public var checkpointInterval = CheckpointInterval.seconds(60)
  public var keep = 3
  public var tensorBoard = false
  public var commandLine: [String] = []

  public init() {}

  static let defaultEpochs = 1000

  /// The given options over `base`.
  func options(over base: TrainingOptions) -> TrainingOptions {
    var options = base
    if let optimizer { options.optimizer = optimizer }
    if let learningRate { options.learningRate = learningRate }
    if let momentum { options.momentum = momentum }
    if let batchSize { options.batchSize = batchSize }
    if let seed { options.seed = seed }
    if let shuffle { options.shuffle = shuffle }
    if let dropout { options.dropout = dropout }
    if let classWeight { options.classWeight = classWeight }
    if let earlyStopping { options.earlyStopping = earlyStopping }
    if let minDelta { options.minDelta = minDelta }
    if let monitor { options.monitor = monitor }
    if let reduceLRPatience { options.reduceLRPatience = reduceLRPatience }
    if let reduceLRFactor { options.reduceLRFactor = reduceLRFactor }
    if layers.isGiven { options.layers = layers }
    if let parallel { options.parallel = parallel }
    if let lanes { options.lanes = lanes }
    if let wire { options.wire = wire }
    if newClassifier { options.newClassifier = true }
    if options.reduceLRPatience != nil && options.reduceLRFactor == nil {
      // Keras's default factor.
      options.reduceLRFactor = 0.1
    }
    return options
  }

  func epochLimit(completed: Int, recorded: Int?) -> Int {
    switch epochs {
    case .total(let total): total
    case .more(let more): completed + more
    case nil: recorded ?? Self.defaultEpochs
    }
  }
}
