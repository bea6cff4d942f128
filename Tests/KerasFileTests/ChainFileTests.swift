import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "Any chain of layers, whole or weights alone, from and to real Keras", .serialized,
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ChainFileTests {
  static let both: [Python.Environment] = [.keras2, .keras3]

  @Test("Weights to the last bit, predictions to 1e-5", arguments: both, ["h5", "keras"])
  func read(_ environment: Python.Environment, _ end: String) throws {
    let files = try ChainFiles.of(environment)
    for name in ChainFiles.chains {
      let model = try files.read("\(name).\(end)")
      #expect(model.format.rawValue == end && model.assumptions.isEmpty)
      #expect(model.kerasVersion == (environment == .keras2 ? "2.15.0" : "3.13.2"))
      #expect(model.weights == (try files.values("\(name).weights")), "\(name)")
      let ours = try predictions(model, files.peaks)
      #expect(difference(ours, try files.values("\(name).predictions")) < 1e-5, "\(name)")
      // What get_weights gives: the same numbers, without looking at the network.
      let tensors = try KerasFile.tensors(files.folder.path("\(name).\(end)"))
      #expect(Set(tensors.flatMap(\.values)) == Set(model.weights), "\(name)")
    }
  }

  @Test("The network comes out as it was built: names, paddings, biases, activations, penalties")
  func architecture() throws {
    for environment in Self.both {
      for end in ["h5", "keras"] {
        let odd = try ChainFiles.of(environment).read("odd.\(end)").architecture
        #expect(odd.name == "odd" && odd.inputName == "odd_input" && odd.matrixSize == 21)
        #expect(
          odd.layers == [
            Layer(
              "conv2d_7",
              .conv2D(
                filters: 3, kernelHeight: 2, kernelWidth: 4, activation: .tanh, padding: .valid)),
            Layer("shrink", .maxPooling2D(poolHeight: 1, poolWidth: 3, padding: .same)),
            Layer(
              "c2",
              .conv2D(
                filters: 4, kernelHeight: 1, kernelWidth: 2, activation: .linear, useBias: false,
                l2: 0.01)),
            Layer("bend", .activation(.elu)), Layer("flat", .flatten),
            Layer("first", .dense(units: 6, activation: .sigmoid)),
            Layer("drop", .dropout(rate: 0.25)),
            Layer("second", .dense(units: 5, activation: .softplus, useBias: false)),
            Layer("dense_prediction", .dense(units: 3, activation: .linear)),
            Layer("share", .activation(.softmax)),
          ], "\(environment) \(end)")
        #expect(
          try ChainFiles.of(environment).read("go-frozen.\(end)").frozenLayers
            == ["conv2d_1", "max_pooling2d_1", "conv2d_2"])
      }
    }
  }

  @Test("Weights alone: NeatMS's network is recognised, and said to be an assumption")
  func weightsOnly() throws {
    for (environment, names) in [
      (Python.Environment.keras2, ["listed.h5", "numbered.weights.h5"]),
      (.keras3, ["numbered.weights.h5"]),
    ] {
      let files = try ChainFiles.of(environment)
      for name in names {
        let model = try files.read(name)
        #expect(model.format == .weights && model.optimizer == nil)
        #expect(model.weights == (try files.values("neatms.weights")), "\(name)")
        let ours = try predictions(model, files.peaks)
        #expect(difference(ours, try files.values("neatms.predictions")) < 1e-5, "\(name)")
        let said = "with a matrix size of 21."
        #expect(model.assumptions.count == 1 && model.assumptions[0].hasSuffix(said))
        // Pooling makes 10 points of 20 and of 21.
        let other = try KerasFile.read(files.folder.path(name))
        #expect(other.architecture.matrixSize == 20)
        #expect(other.assumptions[0].contains("20 (20 to 21 would fit as well)"))
        #expect(other.weights == model.weights)
      }
    }
    let listed = try ChainFiles.of(.keras2).read("listed.h5").architecture
    var built = try ChainFiles.of(.keras2).read("neatms.h5").architecture
    built.name = listed.name
    #expect(listed == built)
  }

  @Test("Weights alone of other chains are refused by what they are")
  func otherWeights() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("w.weights.h5")
    let odd = try ChainFiles.of(.keras2).read("odd.h5")
    // What is written here names its network, so that any chain comes back.
    try KerasFile.writeWeights(odd, to: path)
    let back = try KerasFile.read(path)
    #expect(back.architecture == odd.architecture && back.weights == odd.weights)
    #expect(back.assumptions.isEmpty && back.format == .weights)
    let code = """
      import sys; from tensorflow import keras; L = keras.layers
      def save(name, *layers): keras.Sequential([keras.Input((2, 21, 1)), *layers]).save_weights(
        f"{sys.argv[1]}/{name}.h5")
      save("norm", L.Conv2D(2, 3), L.BatchNormalization(name="norm"), L.Flatten(), L.Dense(2))
      save("thin", L.Conv2D(3, 1, name="a"), L.DepthwiseConv2D(1, name="b"), L.Flatten(), L.Dense(2))
      save("conv", L.Conv2D(3, 1))
      """.replacingOccurrences(of: "2, 3)", with: "2, (1, 3))")
    try Python.run(.keras2, code: code, [folder.url.path])
    for (name, expected) in [
      ("norm", "layer norm: expected a kernel and a bias"), ("thin", "layer b: its bias"),
      ("conv", "at least one dense layer"),
    ] {
      let found = failure { _ = try KerasFile.read(folder.path("\(name).h5")) }
      #expect(found?.code == .badData, "\(name)")
      #expect(found?.description.contains(expected) == true, "\(found?.description ?? "read")")
    }
  }

  @Test("Training goes on from Keras's step count and moments as there", arguments: both)
  func goOnHere(_ environment: Python.Environment) throws {
    let files = try ChainFiles.of(environment)
    for name in files.trained {
      let after = try files.values("go-\(name).after")
      for end in ["h5", "keras"] {
        let model = try files.read("go-\(name).\(end)")
        // Keras 2.15 leaves the state of its legacy optimizers out of a .keras file.
        if end == "keras", name.hasPrefix("legacy") {
          #expect(model.optimizerState == nil)
          continue
        }
        #expect(model.optimizerState?.step == 3, "\(name).\(end)")
        let ours = try trainedOn(model, files.peaks)
        #expect(difference(ours.weights, after) < 1e-5, "\(name).\(end)")
        #expect(difference(model.weights, after) > 1e-3, "\(name).\(end)")
        #expect(ours.optimizerState?.step == 6)
      }
    }
  }
}
