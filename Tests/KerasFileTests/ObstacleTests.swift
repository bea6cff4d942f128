import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "Who cannot open what is written, by real Keras", .serialized,
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ObstacleTests {
  static let names = [
    "plain_1", "a/b", "a,b", "a b", "cönv", "_a", "-a", ".a", "a-b", "a>b", "a:0", "a\\b",
  ]

  private func model(
    _ name: String, isModelName: Bool = false, _ activation: Activation = .relu
  ) -> KerasModel {
    var model = randomModel(points: 16, nil)
    if isModelName {
      model.architecture.name = name
    } else {
      model.architecture.layers[0].name = name
    }
    if case .conv2D(var conv) = model.architecture.layers[0].kind {
      conv.activation = activation
      model.architecture.layers[0].kind = .conv2D(conv)
    }
    return model
  }

  /// The files that Keras opens and predicts with.
  private func opened(
    _ environment: Python.Environment, _ paths: [String]
  ) throws -> Set<String> {
    let code = """
      import os, sys, json
      if sys.version_info < (3, 9): os.environ["KERAS_BACKEND"] = "tensorflow"  # Keras 2.3.1's only
      import keras, numpy as np
      opened = []
      for path in sys.argv[1:]:
        try:
          model = keras.models.load_model(path, compile=False)
          model.predict(np.zeros((1, 2, 16, 1)), verbose=0)
          opened.append(path)
        except Exception: pass
      print(json.dumps(opened))
      """
    return Set(try facts(Python.run(environment, code: code, paths), as: [String].self))
  }

  @Test("Keras 2.15 on TensorFlow: what is said of a name is so, and nothing is said of others")
  func tensorFlow() throws {
    let folder = try TemporaryFolder()
    var expected: Set<String> = []
    var all: [String] = []
    for (index, name) in Self.names.enumerated() {
      for isModelName in [false, true] {
        let model = model(name, isModelName: isModelName)
        let path = folder.path("\(index)\(isModelName ? "m" : "l").h5")
        try KerasFile.write(model, to: path)
        all.append(path)
        let obstacles = model.obstacles(in: .h5)
        if !obstacles.contains(where: { $0.hasPrefix("Keras on TensorFlow cannot use it") }) {
          expected.insert(path)
        }
        #expect(model.obstacles(in: .weights).isEmpty)
      }
    }
    #expect(try opened(.keras2, all) == expected)
    #expect(expected.count == 10)
  }

  @Test("Keras 3: a slash", arguments: [KerasModel.Format.h5, .keras])
  func slash(_ format: KerasModel.Format) throws {
    let folder = try TemporaryFolder()
    var expected: Set<String> = []
    var all: [String] = []
    for (index, name) in Self.names.enumerated() {
      let model = model(name)
      let path = folder.path("\(index).\(format.rawValue)")
      try format == .h5 ? KerasFile.write(model, to: path) : KerasFile.writeZip(model, to: path)
      all.append(path)
      let obstacles = model.obstacles(in: format)
      if !obstacles.contains(where: { $0.hasPrefix("Keras 3 cannot open it") }) {
        expected.insert(path)
      }
    }
    #expect(try opened(.keras3, all) == expected)
    #expect(expected.count == Self.names.count - 1)
  }

  @Test(
    "Keras 2.3.1: activations that came later",
    .enabled(if: Python.has(.keras231), "no .venv-keras231: scripts/venv.sh keras231 makes it"))
  func activations() throws {
    let folder = try TemporaryFolder()
    var expected: Set<String> = []
    var all: [String] = []
    for activation in Activation.allCases where activation != .softmax {
      let model = model("a", activation)
      let path = folder.path("\(activation.rawValue).h5")
      try KerasFile.write(model, to: path)
      all.append(path)
      if model.obstacles(in: .h5).isEmpty { expected.insert(path) }
      #expect(model.obstacles(in: .keras).isEmpty)
    }
    #expect(try opened(.keras231, all) == expected)
    #expect(expected.count == 9)
  }
}
