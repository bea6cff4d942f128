import Support

/// Keras's `ModelCheckpoint(save_best_only=True)`, but that the trainer keeps the model of the epoch whose
/// monitored number is best so far in memory, and `CheckpointWriter` writes it to `best.h5`: a small training
/// set does not spend its time writing files.
public final class BestModel: TrainingCallback {
  public let name = "best_model"
  let monitor: Monitor
  private var state: State

  private struct State: Codable {
    var best: Double
    /// Epochs completed when it was reached.
    var epoch = 0
  }

  public init(monitor: Monitor) {
    self.monitor = monitor
    state = State(best: monitor.growsWhenBetter ? -.infinity : .infinity)
  }

  /// The monitored number of the best epoch, and that epoch, counted from 0; nil where there is none.
  public var best: (value: Double, epoch: Int)? {
    state.epoch > 0 ? (state.best, state.epoch - 1) : nil
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    guard let current = record.value(monitor),
      monitor.growsWhenBetter ? current > state.best : current < state.best
    else { return }
    state = State(best: current, epoch: record.epoch + 1)
    control.keepModel()
  }

  public func captureState() throws -> String? { try StateJSON.encode(state) }
  public func restoreState(_ json: String) throws { state = try StateJSON.decode(json) }

  /// Whether the best epoch is the last one completed.
  func isBest(afterEpochs completed: Int) -> Bool { state.epoch == completed && completed > 0 }
}
