import Foundation
import KerasFile
import Model
import PythonTesting
import TestTools
import Testing

/// Frozen layers, here and in real Keras.
@Suite(.serialized, .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct FreezeKerasTests {
  let folder: TestTools.TemporaryFolder

  init() throws {
    folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 200)
  }

  struct Opened: Decodable {
    let layers: [String: Bool]
    let trainable, frozen, changed: [String]
    let step, stepsAfter: Int
    /// Numbers that the optimizer holds.
    let moments: Int
  }

  private func json<Value: Decodable>(_ printed: String) throws -> Value {
    let line = try #require(printed.split(separator: "\n").last)
    return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
  }

  /// Positions count the input, which Keras's functional models list and its sequential ones do not.
  @Test(arguments: [("functional", 0), ("sequential", 1)])
  func positionsAreKerasFunctional(_ kind: String, _ ahead: Int) throws {
    let code = """
      import sys; from tensorflow import keras; L = keras.layers
      inputs, chain = keras.Input((2, 16, 1)), [L.Conv2D(2, 3, padding="same", name="a"),
        L.MaxPooling2D(name="b"), L.Flatten(name="c"), L.Dense(3, activation="softmax", name="d")]
      if sys.argv[2] == "sequential": model = keras.Sequential([inputs, *chain])
      else:
        x = inputs
        for layer in chain: x = layer(x)
        model = keras.Model(inputs, x)
      model.save(sys.argv[1])
      print([layer.name for layer in model.layers].index("d"))
      """
    let printed = try Python.run(.keras2, code: code, [folder.file("m.h5"), kind])
    let theirs = try #require(Int(printed.split(separator: "\n").last ?? ""))
    #expect(theirs == 4 - ahead)
    let shown = try run(
      builtProduct("neatms-dist"), ["summary", "m.h5", "--freeze", "\(theirs + ahead)"],
      directory: folder.path)
    #expect(shown.status == 0, "\(shown.stderr)")
    let lines = shown.stdout.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.first { $0.first == "d" }?.last == "N", "\(shown.stdout)")
    #expect(lines.first { $0.first == "a" }?.last == "Y", "\(shown.stdout)")
  }

  /// A model with a frozen conv base opens in Keras as what it is, and trains on there.
  @Test(arguments: [Python.Environment.keras2, .keras3])
  func kerasKeepsThemFrozen(environment: Python.Environment) throws {
    let trained = try Train(
      ranks: 2, "--data", "peaks.h5", "--epochs", "2", "--freeze", "conv-base"
    ).run(in: folder)
    #expect(trained.status == 0, "\(trained.stderr)")
    let found: Opened = try json(
      Python.run(
        environment, script: "freeze-keras.py",
        ["open", folder.file("peaks.h5"), folder.file("neatms-run/model.h5")]))
    let frozen = ["conv2d_1", "max_pooling2d_1", "conv2d_2", "flatten_1"]
    for (layer, trainable) in found.layers where layer != "input_1" {
      #expect(trainable != frozen.contains(layer), "\(layer)")
    }
    let dense = [
      "dense_1/kernel", "dense_1/bias", "dense_prediction/kernel", "dense_prediction/bias",
    ]
    #expect(found.trainable == dense)
    #expect(found.frozen.count == 4)
    #expect(found.changed == dense)
    // 160 peaks: 5 steps an epoch.
    if environment == .keras2 {
      #expect(found.step == 10 && found.stepsAfter == 15)
      // Two moments a trained parameter, and the step count.
      #expect(found.moments == 2 * 983_555 + 1)
    } else {
      #expect(found.stepsAfter == 5)
    }
  }

  /// A model that Keras froze, trained and saved goes on here as in Keras itself, moments and step
  /// count included: the frozen bits stay, the others agree.
  @Test func trainingGoesOnAsInKeras() throws {
    let files = ["peaks.h5", "start.h5", "end.h5", "end.bin"].map(folder.file)
    struct Made: Decodable { let loss: [Double] }
    let made: Made = try json(
      Python.run(.keras2, script: "freeze-keras.py", ["make"] + files))
    let trained = try Train(
      "--data", "peaks.h5", "--model", "start.h5", "--epochs", "2", "--no-shuffle",
      "--learning-rate", "0.0003"
    ).run(in: folder)
    #expect(trained.status == 0, "\(trained.stderr)")
    #expect(trained.stderr.contains("frozen: conv2d_1, conv2d_2"))
    #expect(trained.stderr.contains("as start.h5 says"))
    let start = try KerasFile.read(folder.file("start.h5"))
    let end = try KerasFile.read(folder.file("end.h5"))
    let ours = try KerasFile.read(folder.file("neatms-run/model.h5"))
    let bytes = try Data(contentsOf: URL(filePath: folder.file("end.bin")))
    let theirs = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(theirs == end.weights)
    let base = 0..<19_328
    #expect(ours.weights[base] == start.weights[base])
    #expect(theirs[base] == start.weights[base])
    let moved = distance(start.weights, theirs)
    #expect(moved > 0.1)
    #expect(distance(ours.weights, theirs) < 1e-3 * moved)
    #expect(ours.optimizerState?.step == end.optimizerState?.step)
    let losses = try historyWithoutTimes(folder.file("neatms-run/history.csv")).dropFirst().map {
      Double($0.split(separator: ",")[2]) ?? .nan
    }
    for (loss, expected) in zip(losses, made.loss) { #expect(abs(loss - expected) < 1e-4) }
    #expect(losses.count == 2)
  }

  /// The column Trainable of `summary --freeze` is Keras's list of `layer.trainable`.
  @Test(arguments: ["0..<4", "2...5", "3", "5,1"])
  func summaryIsKerassList(list: String) throws {
    let code = """
      import json, sys; sys.path.insert(0, "scripts/python")
      import keras_network
      m = keras_network.build(keras_network.neatms())
      for layer in \(Self.slice[list] ?? ""): layer.trainable = False
      frozen = sum(w.numpy().size for w in m.non_trainable_weights)
      print(); print(json.dumps([[[l.name, l.trainable] for l in m.layers], frozen]))
      """
    let printed = try Python.run(.keras2, code: code)
    let line = try #require(printed.split(separator: "\n").last)
    let theirs = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
    let ours = try TestTools.run(
      builtProduct("neatms-dist"), ["summary", "--freeze", list]
    ).stdout.split(separator: "\n")
    for layer in try #require(theirs[0] as? [[Any]]) {
      let name = try #require(layer[0] as? String)
      let row = try #require(ours.first { $0.hasPrefix("\(name) (") })
      let mark = row.split(separator: " ").last
      #expect(mark == ((layer[1] as? Bool) == true ? "Y" : "N"), "\(name)")
    }
    let count = try #require(theirs[1] as? Int)
    let counted = try #require(ours.first { $0.hasPrefix("Non-trainable params: ") })
    #expect(counted.filter(\.isNumber) == "\(count)")
  }

  static let slice = [
    "0..<4": "m.layers[0:4]", "2...5": "m.layers[2:6]", "3": "[m.layers[3]]",
    "5,1": "[m.layers[5], m.layers[1]]",
  ]
}
