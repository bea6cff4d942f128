import Foundation
import Support

/// Keras's `EarlyStopping(monitor, min_delta, patience)`: stops after `patience` epochs whose
/// monitored number was not better than the best by more than `min_delta`.
///
/// As in Keras 2.15, the count starts anew when a finished training goes on, and an epoch whose
/// number is missing is passed over.
public final class EarlyStopping: TrainingCallback {
  public let name = "early_stopping"
  let monitor: Monitor
  let patience: Int
  let minDelta: Double
  private var state: State

  private struct State: Codable {
    var wait = 0
    var best: Double
  }

  public init(monitor: Monitor, patience: Int, minDelta: Double) {
    self.monitor = monitor
    self.patience = patience
    self.minDelta = abs(minDelta)
    state = State(best: monitor.growsWhenBetter ? -.infinity : .infinity)
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    guard let current = record.value(monitor) else { return }
    state.wait += 1
    if isImprovement(current) {
      state.best = current
      state.wait = 0
      return
    }
    if state.wait >= patience && record.epoch > 0 {
      control.stopTraining(
        "early stopping: \(monitor.rawValue) has not improved for \(state.wait) "
          + (state.wait == 1 ? "epoch" : "epochs"))
    }
  }

  private func isImprovement(_ value: Double) -> Bool {
    monitor.growsWhenBetter ? value - minDelta > state.best : value + minDelta < state.best
  }

  /// For a run that goes on after it had been ended.
  public func startAnew() { state.wait = 0 }

  public func captureState() throws -> String? { try StateJSON.encode(state) }
  public func restoreState(_ json: String) throws { state = try StateJSON.decode(json) }
}
