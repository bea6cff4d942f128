import Foundation
import KerasFile
import Model
import PythonTesting
import Support

/// Files made by the fixture script.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("Fixtures")

/// Random numbers that are the same in every run.
struct Random {
  var sequence = PhiloxSequence(seed: 11, stream: .simulation)

  mutating func floats(_ count: Int, scale: Float = 1, positive: Bool = false) -> [Float] {
    (0..<count).map { _ in
      let value = sequence.nextUniform()
      return scale * (positive ? value : 2 * value - 1)
    }
  }
}

/// A model with random weights and a random optimizer state after `step` steps.
func randomModel(
  points: Int = 120, classes: Int = 3, _ optimizer: OptimizerConfiguration?, step: Int = 7
) -> KerasModel {
  var random = Random()
  let architecture = Architecture.neatMS(matrixSize: points, classCount: classes)
  let count = ParameterLayout(architecture).count
  let state = optimizer.map { optimizer in
    OptimizerState(
      step: step,
      slots: optimizer.slotNames.map { random.floats(count, scale: 1e-3, positive: $0 == "v") })
  }
  return KerasModel(
    architecture: architecture, weights: random.floats(count, scale: 0.05), optimizer: optimizer,
    optimizerState: state)
}

/// Raw float32 values, as numpy's `tofile` writes them.
func floats(_ path: String) throws -> [Float] {
  let data = try Data(contentsOf: URL(fileURLWithPath: path))
  return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
}

func write(_ values: [Float], _ path: String) throws {
  try values.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: path)) }
}

/// The JSON object on the last line that a script printed.
func facts<T: Decodable>(_ printed: String, as: T.Type = T.self) throws -> T {
  let last = printed.split(separator: "\n").last ?? ""
  return try JSONDecoder().decode(T.self, from: Data(last.utf8))
}

/// What `body` throws, if it is a `Failure`.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
