import DistTrainer
import Foundation
import KerasFile
import Model
import Support
import Testing

/// What a process that read a hostile checkpoint may hand over, and nobody may go on from.
@Suite("Checkpoints of nonsense") struct CheckpointCheckTests {
  private struct Handed: Encodable {
    enum CodingKeys: CodingKey { case model, learningRate, best, document }
    var model: KerasModel
    var document: String

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(model, forKey: .model)
      try container.encode(0.001, forKey: .learningRate)
      try container.encodeNil(forKey: .best)
      try container.encode(document, forKey: .document)
    }
  }

  /// A checkpoint as it comes from the process that reads it, with one text replaced by another.
  private func checkpoint(
    replacing text: String = "", with other: String = "", _ change: (inout TrainingOptions) -> Void
  ) throws -> Checkpoint {
    let architecture = Architecture.neatMS(matrixSize: 8, classCount: 2)
    let model = KerasModel(
      architecture: architecture,
      weights: [Float](repeating: 0.5, count: ParameterLayout(architecture).count))
    var options = TrainingOptions()
    change(&options)
    let optionsJSON = String(decoding: try JSONEncoder().encode(options), as: UTF8.self)
    let document = """
      {"epoch": 3, "epochs": 10, "options": \(optionsJSON), "callbacks": {}, "history": [],
       "data": {"place": "p", "fingerprint": "0", "train": 4, "test": 1, "classes": ["A", "B"],
                "matrixSize": 8}}
      """
    let handed = Handed(
      model: model, document: document.replacingOccurrences(of: text, with: other))
    return try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(handed))
  }

  private func refusal(_ checkpoint: Checkpoint) -> Failure? {
    do {
      try checkpoint.check(at: "c.h5")
      return nil
    } catch { return error as? Failure }
  }

  @Test func aSoundOneIsTaken() throws {
    #expect(refusal(try checkpoint { _ in }) == nil)
  }

  @Test(arguments: [
    ("\"epoch\": 3", "\"epoch\": -3"), ("\"epoch\": 3", "\"epoch\": 9223372036854775807"),
    ("\"epochs\": 10", "\"epochs\": -1"),
  ])
  func wrongCounts(_ text: String, _ other: String) throws {
    let found = refusal(try checkpoint(replacing: text, with: other) { _ in })
    #expect(found?.code == .badData && found?.place == "c.h5")
    #expect(found?.what == "the checkpoint counts epochs or steps wrongly")
  }

  @Test func wrongOptions() throws {
    for (change, option) in [
      ({ $0.batchSize = -5 }, "--batch-size"), ({ $0.batchSize = 1 << 40 }, "--batch-size"),
      ({ $0.learningRate = -1 }, "--learning-rate"), ({ $0.dropout = 2 }, "--dropout"),
      ({ $0.earlyStopping = -1 }, "--early-stopping"),
    ] as [((inout TrainingOptions) -> Void, String)] {
      let found = refusal(try checkpoint(change))
      #expect(found?.code == .badData && found?.place == "c.h5")
      #expect(found?.what == "the checkpoint's options cannot be used: \(option)")
    }
  }

  @Test func weightsThatDoNotFit() throws {
    var spoiled = try checkpoint { _ in }
    spoiled.model.weights[7] = .nan
    #expect(refusal(spoiled)?.code == .badData)
    spoiled.model.weights.removeLast()
    #expect(refusal(spoiled)?.code == .badData)
  }
}
