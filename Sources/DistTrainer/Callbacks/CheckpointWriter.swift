import Foundation
import KerasFile
import Model
import Support

/// Writes checkpoints, `model.h5` and `best.h5`: at the interval asked for, and always at the end.
public final class CheckpointWriter: TrainingCallback {
  public let name = "checkpoint"
  let folder: RunFolder
  let interval: CheckpointInterval
  let keep: Int
  /// Everything of a model file but its numbers.
  let template: KerasModel
  /// Everything of the document that does not change.
  let document: CheckpointDocument
  let best: BestModel
  let console: Console
  private var lastSave = Date()
  private var lastEpoch: Int?
  private var bestWritten: Int?
  private var stopReason: String?
  private var writingSeconds = 0.0
  private var start = Date()

  public init(
    folder: RunFolder, interval: CheckpointInterval, keep: Int, template: KerasModel,
    document: CheckpointDocument, best: BestModel, console: Console
  ) {
    self.folder = folder
    self.interval = interval
    self.keep = max(keep, 1)
    self.template = template
    self.document = document
    self.best = best
    self.console = console
  }

  public func trainingBegan(_ control: any TrainingControl) throws {
    start = Date()
    lastSave = start
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    let due =
      switch interval {
      case .epochs(let epochs): (record.epoch + 1) % epochs == 0
      case .seconds(let seconds): Date().timeIntervalSince(lastSave) >= seconds
      }
    if due { control.requestState() }
  }

  public func stateReady(_ control: any TrainingControl) throws { try save(control) }

  public func trainingEnded(_ control: any TrainingControl) throws {
    stopReason = control.stopReason
    try save(control)
    let total = Date().timeIntervalSince(start)
    if case .epochs = interval, total > 2, writingSeconds > 0.05 * total {
      console.warn(
        String(
          format: "writing checkpoints took %.0f %% of the time; ", 100 * writingSeconds / total)
          + "a longer --checkpoint-every (the default is 1m) makes the run faster")
    }
  }

  private func save(_ control: any TrainingControl) throws {
    let begin = Date()
    let state = try control.capture()
    if lastEpoch != state.epoch || stopReason != nil {
      var checkpoint = Checkpoint(
        model: keras(state.model), learningRate: state.model.learningRate, best: state.best,
        document: document)
      checkpoint.document.epoch = state.epoch
      checkpoint.document.callbacks = state.callbacks
      checkpoint.document.history = state.history
      checkpoint.document.stopReason = stopReason
      // The checkpoint is first: it holds what the other two can be made of again.
      try CheckpointFile.write(checkpoint, to: folder.checkpoint(epoch: state.epoch))
      try writeBest(of: state)
      try KerasFile.write(checkpoint.model, to: folder.model)
      folder.prune(newest: state.epoch, keep: keep)
      lastEpoch = state.epoch
    }
    lastSave = Date()
    writingSeconds += lastSave.timeIntervalSince(begin)
  }

  private func writeBest(of state: TrainingState) throws {
    guard let epoch = best.best?.epoch, epoch != bestWritten else { return }
    try KerasFile.write(keras(state.best ?? state.model), to: folder.best)
    bestWritten = epoch
  }

  private func keras(_ snapshot: ModelSnapshot) -> KerasModel {
    var model = template
    model.weights = snapshot.weights
    model.optimizerState = snapshot.optimizer
    model.optimizer?.learningRate = snapshot.learningRate
    return model
  }
}
