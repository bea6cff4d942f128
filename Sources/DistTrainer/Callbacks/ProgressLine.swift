import Foundation
import Support

/// Progress on standard error: on a terminal one line an epoch that updates itself, otherwise one
/// plain line an epoch.
public final class ProgressLine: TrainingCallback {
  public let name = "progress"
  private let console: Console
  private let epochs: Int
  private var epochStart = Date()
  private var trainingStart = Date()
  private var lastUpdate = Date.distantPast
  private var epochsSeen = 0

  /// - Parameter epochs: the epoch the run ends at, for the estimate of the time left.
  public init(console: Console, epochs: Int) {
    self.console = console
    self.epochs = epochs
  }

  public func trainingBegan(_ control: any TrainingControl) throws {
    trainingStart = Date()
    epochStart = trainingStart
  }

  public func batchEnded(_ progress: BatchProgress) {
    let now = Date()
    guard console.isTerminal, now.timeIntervalSince(lastUpdate) >= 0.1 else { return }
    lastUpdate = now
    let elapsed = max(now.timeIntervalSince(epochStart), 1e-9)
    let rate = Double(progress.samples) / elapsed
    let epochSeconds = elapsed * Double(progress.steps) / Double(progress.step)
    let left = epochSeconds * Double(epochs - progress.epoch) - elapsed
    console.update(
      "epoch \(progress.epoch + 1)/\(epochs)  step \(progress.step)/\(progress.steps)  "
        + String(format: "%.0f samples/s  ", rate)
        + String(format: "loss %.4f  accuracy %.4f  ", progress.loss, progress.accuracy)
        + "ETA \(Self.clock(left))")
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    epochsSeen += 1
    let now = Date()
    let perEpoch = now.timeIntervalSince(trainingStart) / Double(epochsSeen)
    var line = "epoch \(record.epoch + 1)/\(epochs)  "
    line += String(format: "loss %.4f  accuracy %.4f", record.loss, record.accuracy)
    if let loss = record.valLoss, let accuracy = record.valAccuracy {
      line += String(format: "  val_loss %.4f  val_accuracy %.4f", loss, accuracy)
    }
    line += String(format: "  %.0f samples/s", record.samplesPerSecond)
    line += "  ETA \(Self.clock(perEpoch * Double(epochs - record.epoch - 1)))"
    console.finish(line)
    epochStart = Date()
  }

  /// Seconds as h:mm:ss.
  static func clock(_ seconds: Double) -> String {
    let whole = Int(max(seconds, 0).rounded())
    return String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }
}
