import Foundation
import Support

/// Keras's `TensorBoard` callback, of which it writes the curves: `epoch_loss`, `epoch_accuracy` and
/// `epoch_mae` of the training set into `train`, of the test set into `validation`, and
/// `epoch_learning_rate`, with the epoch, from 0, as the step.
///
/// The other curves of Keras's callback (`evaluation_…_vs_iterations`) show the same numbers again, and
/// its graph is in the model.
public final class TensorBoardWriter: TrainingCallback {
  public static let name = "tensorboard"
  public var name: String { Self.name }
  private let folder: RunFolder
  private let hasTestSet: Bool
  /// Whether the files hold all epochs before the next one.
  private var isWhole = false
  private var train: EventFile?
  private var validation: EventFile?

  public init(folder: RunFolder, hasTestSet: Bool) {
    self.folder = folder
    self.hasTestSet = hasTestSet
  }

  /// Begins new files. A run that goes on says in them which epochs of the earlier ones count no more;
  /// where those do not hold all, it writes all again.
  public func trainingBegan(_ control: any TrainingControl) throws {
    let folders = [folder.trainEvents] + (hasTestSet ? [folder.validationEvents] : [])
    isWhole = isWhole && folders.allSatisfy { !EventFile.files(in: $0).isEmpty }
    let first = isWhole ? control.history.count : 0
    train = try EventFile(in: folder.trainEvents)
    validation = hasTestSet ? try EventFile(in: folder.validationEvents) : nil
    let start = [BoardEvent.start(at: first, time: Date().timeIntervalSince1970)]
    try train?.append(start)
    try validation?.append(start)
    for record in control.history.dropFirst(first) { try append(record) }
  }

  public func epochEnded(_ record: EpochRecord, _ control: any TrainingControl) throws {
    try append(record)
  }

  private func append(_ record: EpochRecord) throws {
    let now = Date().timeIntervalSince1970
    func events(_ values: [(tag: String, value: Double?)]) -> [ProtocolBuffer] {
      values.compactMap { tag, value in
        value.map { BoardEvent.scalar("epoch_" + tag, Float($0), step: record.epoch, at: now) }
      }
    }
    try train?.append(
      events([
        ("loss", record.loss), ("accuracy", record.accuracy), ("mae", record.mae),
        ("learning_rate", Double(record.lr)),
      ]))
    try validation?.append(
      events([
        ("loss", record.valLoss), ("accuracy", record.valAccuracy), ("mae", record.valMAE),
      ]))
  }

  /// A checkpoint with it says that the files hold all of its epochs, and that the run writes them.
  public func captureState() throws -> String? {
    try train?.flush()
    try validation?.flush()
    return try StateJSON.encode(true)
  }

  public func restoreState(_ json: String) throws { isWhole = try StateJSON.decode(json) }
}
