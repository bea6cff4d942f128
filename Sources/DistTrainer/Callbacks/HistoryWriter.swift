import Foundation
import Support

/// Keras's `CSVLogger`: a line of `history.csv` after every epoch, with our columns after Keras's.
public final class HistoryWriter: TrainingCallback {
  public let name = "history"
  public static let header =
    "epoch,accuracy,loss,mae,val_accuracy,val_loss,val_mae,lr,samples_per_second,seconds"
  public let path: String

  public init(path: String) { self.path = path }

  /// Rewrites the file from the history: after a resume it must not hold epochs that were trained
  /// after the checkpoint and are trained again.
  public func trainingBegan(_ control: any TrainingControl) throws {
    let lines = [Self.header] + control.history.map(Self.line)
    try AtomicFile.write(to: path) { temporary in
      try Data((lines.joined(separator: "\n") + "\n").utf8)
        .write(to: URL(fileURLWithPath: temporary))
    }
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    guard let file = FileHandle(forWritingAtPath: path) else {
      // Somebody removed it; the history is still known.
      return try trainingBegan(control)
    }
    do {
      try file.seekToEnd()
      try file.write(contentsOf: Data((Self.line(record) + "\n").utf8))
      try file.close()
    } catch { throw Failure(.inputOutput, "cannot append to the history: \(error)", at: path) }
  }

  /// Numbers with as many digits as they need to come back the same.
  public static func line(_ record: EpochRecord) -> String {
    let numbers: [Double?] = [
      record.accuracy, record.loss, record.mae, record.valAccuracy, record.valLoss, record.valMAE,
    ]
    let ours = [
      "\(record.lr)", String(format: "%.1f", record.samplesPerSecond),
      String(format: "%.4f", record.seconds),
    ]
    let keras = numbers.map { number in number.map { "\($0)" } ?? "NA" }
    return (["\(record.epoch)"] + keras + ours).joined(separator: ",")
  }
}
