import DistTrainer
import Foundation
import Model

/// What Keras 2.15's callbacks did on handmade histories; scripts/python/fixtures-callbacks.py.
struct CallbackFixtures: Decodable {
  struct Logs: Decodable {
    let loss: Double
    let accuracy: Double
    let mae: Double
    let valLoss: Double?
    let valAccuracy: Double?
    let valMae: Double?

    func record(_ epoch: Int) -> EpochRecord {
      var record = EpochRecord(epoch: epoch, accuracy: accuracy, loss: loss, mae: mae, lr: 0)
      (record.valAccuracy, record.valLoss, record.valMAE) = (valAccuracy, valLoss, valMae)
      return record
    }
  }
  struct Early: Decodable {
    let history: String
    let monitor: String
    let patience: Int
    let minDelta: Double
    let stoppedEpoch: Int?
    let bestEpoch: Int?
    let restoredEpoch: Int?
  }
  struct Reduce: Decodable {
    let history: String
    let monitor: String
    let factor: Double
    let patience: Int
    let minDelta: Double
    let start: Float
    let rates: [Float]
  }
  struct Best: Decodable {
    let history: String
    let monitor: String
    let saved: [Int]
  }
  struct CSV: Decodable {
    let history: String
    let text: String
  }

  let histories: [String: [Logs]]
  let earlyStopping: [Early]
  let reduceLr: [Reduce]
  let best: [Best]
  let csv: [CSV]

  static func load() throws -> CallbackFixtures {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/callbacks.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(CallbackFixtures.self, from: Data(contentsOf: url))
  }

  func records(_ history: String) -> [EpochRecord] {
    (histories[history] ?? []).enumerated().map { $1.record($0) }
  }
}

/// Stands for the trainer: counts, and keeps what callbacks decide.
final class RecordingControl: TrainingControl {
  var history: [EpochRecord] = []
  var learningRate: Float = 0.001
  var stopReason: String?
  var modelsKept = 0
  var statesRequested = 0

  func stopTraining(_ reason: String) { stopReason = reason }
  func keepModel() { modelsKept += 1 }
  func requestState() { statesRequested += 1 }

  func capture() throws -> TrainingState {
    let model = ModelSnapshot(
      weights: [Float(history.count)], optimizer: OptimizerState(step: history.count, slots: []),
      learningRate: learningRate)
    return TrainingState(
      epoch: history.count, model: model, best: nil, callbacks: [:], history: history)
  }
}
