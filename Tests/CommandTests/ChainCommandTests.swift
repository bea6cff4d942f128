import Foundation
import KerasFile
import PythonTesting
import TestTools
import Testing

/// Somebody else's network from the command line, beside real Keras.
@Suite(.serialized, .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ChainCommandTests {
  struct Scores: Decodable {
    let count: Int
    let accuracy, loss, mae: Double
  }

  struct Keras: Decodable {
    let losses: [Double]
    let test, validation: Scores
  }

  struct Evaluated: Decodable { let test, validation: Scores }

  static func facts<Value: Decodable>(_ printed: String) throws -> Value {
    let line = try #require(printed.split(separator: "\n").last)
    return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
  }

  @Test("A chain of Keras's trains and evaluates with Keras's numbers")
  func trainAndEvaluate() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 200, matrixSize: 21)
    let keras: Keras = try Self.facts(
      Python.run(.keras2, script: "chain-train.py", [folder.file("peaks.h5"), folder.path]))
    let bytes = try Data(contentsOf: URL(filePath: folder.file("end.bin")))
    let end = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    for (model, ranks) in [("start.h5", nil), ("start.keras", 2)] as [(String, Int?)] {
      let trained = try Train(
        ranks: ranks, "--data", "peaks.h5", "--model", model, "--epochs", "2", "--no-shuffle",
        "--learning-rate", "0.001", "--out", "run-\(model)"
      ).run(in: folder)
      #expect(trained.status == 0, "\(trained.stderr)")
      let start = try KerasFile.read(folder.file(model))
      let ours = try KerasFile.read(folder.file("run-\(model)/model.h5"))
      #expect(ours.architecture.layers == start.architecture.layers)
      let moved = distance(start.weights, end)
      #expect(moved > 0.02 && distance(ours.weights, end) < 1e-3 * moved, "\(model): \(moved)")
      // What Adam was set to goes along; the learning rate is the command line's.
      #expect(ours.optimizer == .adam(learningRate: 0.001, beta1: 0.8))
      // 160 peaks: 5 steps an epoch, and 5 before.
      #expect(start.optimizerState?.step == 5 && ours.optimizerState?.step == 15)
      let history = try historyWithoutTimes(folder.file("run-\(model)/history.csv")).dropFirst()
      #expect(history.count == 2)
      for (line, loss) in zip(history, keras.losses) {
        #expect(abs((Double(line.split(separator: ",")[2]) ?? .nan) - loss) < 1e-4)
      }
    }
    let result = try TestTools.run(
      builtProduct("neatms-evaluate"), ["end.h5", "--data", "peaks.h5", "--json"],
      directory: folder.path)
    #expect(result.status == 0, "\(result.stderr)")
    let ours = try JSONDecoder().decode(Evaluated.self, from: Data(result.stdout.utf8))
    for (found, expected) in [(ours.test, keras.test), (ours.validation, keras.validation)] {
      #expect(found.count == expected.count && found.count > 10)
      #expect(abs(found.accuracy - expected.accuracy) < 1e-6)
      #expect(abs(found.loss - expected.loss) < 1e-5)
      #expect(abs(found.mae - expected.mae) < 1e-6)
    }
  }
}
