import Evaluation
import Foundation
import Testing

/// What Keras, NeatMS and scikit-learn say about the same probabilities;
/// `scripts/python/fixtures-evaluation.py` explains the fields.
struct EvaluationFixture: Decodable, CustomTestStringConvertible, Sendable {
  struct Keras: Decodable, Sendable {
    let accuracy: Double
    let loss: Double
    let mae: Double
  }

  struct Sklearn: Decodable, Sendable {
    let confusion: [[Int]]
    let precision: [Double?]
    let recall: [Double?]
  }

  struct NeatMS: Decodable, Sendable {
    let threshold: Double
    let `true`: [Double]
    let `false`: [Double]
    let falseLow: [Double]?
    let falseNoise: [Double]?
  }

  struct Monitored: Decodable, Sendable {
    let label: String
    let fpr: [Double]?
    let tpr: [Double]?
    let thresholds: [Double]?
    let auc: Double?
    let neatms: NeatMS?
  }

  let name: String
  let classes: [String]
  let labels: [Int32]
  let probabilities: [Double]
  let keras: Keras
  let sklearn: Sklearn
  let labelsMonitored: [Monitored]

  var testDescription: String { name }

  var predictions: LabelledPredictions {
    get throws {
      try LabelledPredictions(
        probabilities: probabilities.map(Float.init), labels: labels, classes: classes)
    }
  }

  static let all: [EvaluationFixture] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/evaluation.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode([EvaluationFixture].self, from: Data(contentsOf: file))
    } catch {
      Issue.record("\(file.path): \(error)")
      return []
    }
  }()
}

/// Whether two lists agree within `tolerance`, and have the same length.
func agree(_ a: [Double]?, _ b: [Double]?, within tolerance: Double) -> Bool {
  guard let a, let b else { return a == nil && b == nil }
  return a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
}
