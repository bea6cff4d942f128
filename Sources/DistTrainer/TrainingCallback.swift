import Model

/// What callbacks may see and do when an epoch has ended.
public protocol TrainingControl: AnyObject {
  var history: [EpochRecord] { get }
  var learningRate: Float { get set }
  /// Why a callback ended the run; nil while it goes on.
  var stopReason: String? { get }
  /// Ends the run after this epoch's callbacks.
  func stopTraining(_ reason: String)
  /// Keeps the weights and the optimizer as they are when the epoch's callbacks have acted: the best ones so far.
  func keepModel()
  /// Asks for `stateReady`, after this epoch's callbacks.
  func requestState()
  /// Everything, for a checkpoint; in `stateReady` and `trainingEnded`.
  func capture() throws -> TrainingState
}

/// How far the current epoch is.
public struct BatchProgress: Sendable {
  public var epoch: Int
  public var epochs: Int
  /// Steps done and in all.
  public var step: Int
  public var steps: Int
  public var samples: Int
  /// Running means over the epoch so far, data-parallel of rank 0's part of each batch.
  public var loss: Double
  public var accuracy: Double
}

/// Acts on the loop's events, on rank 0 only; what it decides (stopping, the learning rate) is
/// broadcast. Called in the order of the trainer's list.
public protocol TrainingCallback: AnyObject {
  /// Key of this callback's state in a checkpoint.
  var name: String { get }
  func trainingBegan(_ control: any TrainingControl) throws
  func batchEnded(_ progress: BatchProgress)
  func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws
  /// The state that was asked for is whole, and may be captured.
  func stateReady(_ control: any TrainingControl) throws
  func trainingEnded(_ control: any TrainingControl) throws
  /// This callback's state as JSON; nil where it has none.
  func captureState() throws -> String?
  func restoreState(_ json: String) throws
}

extension TrainingCallback {
  public func trainingBegan(_ control: any TrainingControl) throws {}
  public func batchEnded(_ progress: BatchProgress) {}
  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {}
  public func stateReady(_ control: any TrainingControl) throws {}
  public func trainingEnded(_ control: any TrainingControl) throws {}
  public func captureState() throws -> String? { nil }
  public func restoreState(_ json: String) throws {}
}
