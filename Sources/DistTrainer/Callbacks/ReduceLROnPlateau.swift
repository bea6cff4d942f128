import Foundation
import Support

/// Keras's `ReduceLROnPlateau(monitor, factor, patience, min_delta=1e-4, cooldown=0, min_lr=0)`:
/// multiplies the learning rate by `factor` after `patience` epochs without improvement.
public final class ReduceLROnPlateau: TrainingCallback {
  public let name = "reduce_lr_on_plateau"
  let monitor: Monitor
  let factor: Double
  let patience: Int
  let minDelta: Double
  let message: (String) -> Void
  private var state: State

  private struct State: Codable {
    var wait = 0
    var best: Double
  }

  /// - Parameter message: gets a line for every reduction.
  public init(
    monitor: Monitor, factor: Double, patience: Int, minDelta: Double = 1e-4,
    message: @escaping (String) -> Void = { _ in }
  ) {
    self.monitor = monitor
    self.factor = factor
    self.patience = patience
    self.minDelta = minDelta
    self.message = message
    state = State(best: monitor.growsWhenBetter ? -.infinity : .infinity)
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    guard let current = record.value(monitor) else { return }
    if isImprovement(current) {
      state.best = current
      state.wait = 0
      return
    }
    state.wait += 1
    guard state.wait >= patience, control.learningRate > 0 else { return }
    // Keras multiplies in double precision and keeps the rate in single.
    let reduced = Float(Double(control.learningRate) * factor)
    control.learningRate = reduced
    state.wait = 0
    message("epoch \(record.epoch + 1): learning rate reduced to \(reduced)")
  }

  private func isImprovement(_ value: Double) -> Bool {
    monitor.growsWhenBetter ? value > state.best + minDelta : value < state.best - minDelta
  }

  public func captureState() throws -> String? { try StateJSON.encode(state) }
  public func restoreState(_ json: String) throws { state = try StateJSON.decode(json) }
}
