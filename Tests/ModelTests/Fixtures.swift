import Foundation
import Model
import Testing

/// What Keras computed for one network, as `scripts/python/fixtures-model.py` wrote it; the script
/// explains every field. Names, also of tensors (`conv2d_1/kernel`), are Keras's.
struct ModelFixture: Decodable {
  /// Losses, metrics and gradients of the first `count` samples.
  struct Evaluated: Decodable {
    let count: Int
    /// Mean cross-entropy plus the L2 penalty.
    let loss: Double
    let crossEntropy: Double
    let accuracy: Double
    let mae: Double
    /// Every layer's output, under the layer's name (inference only).
    let outputs: [String: StoredTensor]?
    /// Of `loss`.
    let gradients: [String: StoredTensor]
    /// The dropout mask's key and counter (with dropout only): sample `i` is at position
    /// `firstPosition + i` of the epoch.
    let seed: UInt64?
    let epoch: Int?
    let firstPosition: Int?
  }

  /// Some optimizer steps from the start weights, dropout off.
  struct Run: Decodable, CustomTestStringConvertible {
    let name: String
    let optimizer: String
    let learningRate: Float
    let momentum: Float
    /// First sample and count, one pair a step.
    let batches: [[Int]]
    /// The loss of each step's batch before its update.
    let losses: [Double]
    /// Weights minus start weights, after as many steps as the key says.
    let movement: [String: [String: StoredTensor]]

    var testDescription: String { name }

    var configuration: OptimizerConfiguration {
      optimizer == "adam"
        ? .adam(learningRate: learningRate)
        : .sgd(learningRate: learningRate, momentum: momentum)
    }
  }

  private let architecture: ArchitectureDescription
  /// Samples that the rule makes for this case: `FixtureRule.inputs(samples:width:)`.
  let samples: Int
  let start: [String: StoredTensor]
  let inference: Evaluated
  let dropout: Evaluated
  let training: [Run]

  /// The network.
  func network() throws -> Architecture { try architecture.architecture() }

  /// The names of all cases.
  static let names = [
    "matrix120-classes3", "matrix60-classes2", "matrix77-classes4", "narrow31-classes3",
  ]

  /// Reads one case from the folder beside this file.
  static func load(_ name: String) throws -> ModelFixture {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name).json")
    let decoder = JSONDecoder()
    // Applies to fields only, not to a dictionary's keys such as `conv2d_1/kernel`.
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(ModelFixture.self, from: Data(contentsOf: url))
  }
}
