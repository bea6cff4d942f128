import Foundation
import HDF5
import KerasFile
import Model
import PythonTesting
import Testing

@Suite("Reading files of real Keras", .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ReadKerasTests {
  struct Fact: Decodable {
    var step: Int
    var rate: Float
  }

  /// What each file was compiled with; nil for an optimizer that this program does not have.
  static let expected: [String: OptimizerConfiguration?] = [
    "adam": .adam(learningRate: 1e-4),
    "adam-odd": .adam(learningRate: 1e-3, beta1: 0.8, epsilon: 1e-6),
    "sgd": .sgd(learningRate: 0.01), "momentum": .sgd(learningRate: 0.01, momentum: 0.9),
    "legacy-adam": .adam(learningRate: 1e-4), "legacy-sgd": .sgd(learningRate: 0.01),
    "legacy-momentum": .sgd(learningRate: 0.01, momentum: 0.9), "rmsprop": nil,
  ]

  @Test("Weights, optimizer and its state come out of Keras 2.15's files to the last bit")
  func keras215() throws {
    let folder = try TemporaryFolder()
    let facts: [String: Fact] = try facts(
      Python.run(.keras2, script: "keras-files.py", ["make", folder.url.path]))
    #expect(Set(facts.keys) == Set(Self.expected.keys))
    for (name, fact) in facts {
      let model = try KerasFile.read(folder.path("\(name).h5"))
      #expect(model.kerasVersion == "2.15.0" && model.backend == "tensorflow")
      #expect(model.programVersion == nil && model.classes == nil)
      #expect(model.weights == (try floats(folder.path("\(name).weights.bin"))), "\(name)")
      let expected = Self.expected[name] ?? nil
      #expect(model.optimizer == expected, "\(name)")
      guard let expected, let state = model.optimizerState else {
        #expect(expected == nil && model.optimizerState == nil, "\(name)")
        continue
      }
      #expect(state.step == fact.step && fact.step == 4, "\(name)")
      #expect(state.slots.count == expected.slotNames.count, "\(name)")
      for (index, slot) in state.slots.enumerated() {
        #expect(slot == (try floats(folder.path("\(name).slot\(index).bin"))), "\(name) \(index)")
        #expect(slot.contains { $0 != 0 }, "\(name) \(index)")
      }
    }
    let adam = try KerasFile.read(folder.path("adam.h5"))
    #expect(adam.architecture == .neatMS())
    let odd = try KerasFile.read(folder.path("adam-odd.h5"))
    #expect(odd.architecture == .neatMS(matrixSize: 61, classCount: 2))
  }

  @Test("A model with frozen layers keeps the moments of the others")
  func frozen() throws {
    let folder = try TemporaryFolder()
    let code = """
      import sys; sys.path.insert(0, "scripts/python")
      import numpy as np, keras_network
      from tensorflow import keras
      m = keras_network.build(keras_network.neatms(16, 2, filters=(2, 3), units=4))
      for layer in m.layers[:4]: layer.trainable = False
      m.compile(keras.optimizers.Adam(learning_rate=1e-3), "categorical_crossentropy")
      m.fit(np.random.rand(8, 2, 16, 1), np.eye(2)[[0, 1] * 4], verbose=0)
      m.save(sys.argv[1])
      """
    try Python.run(.keras2, code: code, [folder.path("frozen.h5")])
    let model = try KerasFile.read(folder.path("frozen.h5"))
    let layout = ParameterLayout(model.architecture)
    let moments = try #require(model.optimizerState).slots[0]
    for tensor in layout.tensors {
      let isFrozen = tensor.layer.hasPrefix("conv2d")
      #expect(moments[tensor.range].allSatisfy { $0 == 0 } == isFrozen, "\(tensor.kerasName)")
    }
  }

  @Test("Keras 3's files are read, with their optimizer's state")
  func keras3() throws {
    let folder = try TemporaryFolder()
    let code = """
      import sys, keras, numpy as np
      L = keras.layers
      x = i = keras.Input((2, 16, 1), name="input_1")
      x = L.Conv2D(2, 5, activation="relu", padding="same", name="conv2d_1")(x)
      x = L.MaxPooling2D((1, 2), name="max_pooling2d_1")(x)
      x = L.Flatten(name="flatten_1")(x)
      x = L.Dense(4, "relu", kernel_regularizer=keras.regularizers.L2(0.001), name="dense_1")(x)
      x = L.Dropout(0.25, name="dropout_1")(x)
      m = keras.Model(i, L.Dense(2, "softmax", name="dense_prediction")(x))
      for name, o in [("adam", keras.optimizers.Adam(1e-3)), ("sgd", keras.optimizers.SGD(0.1, 0.9))]:
        m.compile(o, "categorical_crossentropy")
        m.fit(np.random.rand(8, 2, 16, 1), np.eye(2)[[0, 1] * 4], verbose=0)
        flat = lambda a: np.concatenate([np.asarray(v).ravel() for v in a])
        flat(m.get_weights()).tofile(f"{sys.argv[1]}/{name}.weights.bin")
        flat(o._velocities if name == "adam" else o.momentums).tofile(f"{sys.argv[1]}/{name}.slot.bin")
        m.save(f"{sys.argv[1]}/{name}.h5")
      """
    try Python.run(.keras3, code: code, [folder.url.path])
    for (name, optimizer) in [
      ("adam", OptimizerConfiguration.adam(learningRate: 1e-3)),
      ("sgd", .sgd(learningRate: 0.1, momentum: 0.9)),
    ] {
      let model = try KerasFile.read(folder.path("\(name).h5"))
      #expect(model.kerasVersion?.hasPrefix("3.") == true && model.backend == "jax")
      #expect(model.architecture.layers[4] == Layer("dropout_1", .dropout(rate: 0.25)))
      #expect(model.weights == (try floats(folder.path("\(name).weights.bin"))))
      #expect(model.optimizer == optimizer)
      #expect(model.optimizerState?.step == 1)
      #expect(model.optimizerState?.slots.last == (try floats(folder.path("\(name).slot.bin"))))
    }
  }
}

@Suite("Reading a file of Keras 2.3.1")
struct ReadOldKerasTests {
  @Test("Architecture, weights and the state of Adam after three steps")
  func fixture() throws {
    let model = try KerasFile.read(fixtures.appendingPathComponent("keras-2.3.1.h5").path)
    #expect(model.kerasVersion == "2.3.1")
    #expect(model.architecture.name == "NeatMS_Model")
    #expect(
      model.architecture.layers[2].kind
        == .conv2D(
          filters: 4, kernelHeight: 3, kernelWidth: 3, activation: .relu))
    #expect(model.architecture.layers[4].kind == .dense(units: 5, activation: .relu, l2: 0.001))
    #expect(model.optimizer == .adam(learningRate: 0.001))
    let layout = ParameterLayout(model.architecture)
    let state = try #require(model.optimizerState)
    #expect(state.step == 3)
    // Keras 2.3 names moments by counting the weights.
    let file = try H5File(reading: fixtures.appendingPathComponent("keras-2.3.1.h5").path)
    let moments = try file.root.group("optimizer_weights/training/Adam")
    for (index, tensor) in layout.tensors.enumerated() {
      for (slot, name) in zip(state.slots, ["m", "v"]) {
        let stored: [Float] = try moments.dataset("\(name)_\(index)_1:0").values()
        #expect(Array(slot[tensor.range]) == stored && stored.contains { $0 != 0 })
      }
      let weights = try file.root.dataset("model_weights/\(tensor.layer)/\(tensor.kerasName)")
      #expect(try weights.values() == Array(model.weights[tensor.range]))
    }
  }

  @Test("Written again, the network is described as Keras 2.3.1 itself describes it")
  func sameDescription() throws {
    let path = fixtures.appendingPathComponent("keras-2.3.1.h5").path
    let folder = try TemporaryFolder()
    try KerasFile.write(KerasFile.read(path), to: folder.path("ours.h5"))
    let described = try [path, folder.path("ours.h5")].map { path in
      let text = try #require(try H5File(reading: path).root.string(attribute: "model_config"))
      return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    }
    #expect(described[0] == described[1])
  }

  @Test("The terms of Keras 2.0 to 2.2: layers as the configuration, moments as variables")
  func older() throws {
    let path = fixtures.appendingPathComponent("keras-2.3.1.h5").path
    let model = try KerasFile.read(path)
    let folder = try TemporaryFolder()
    let code = """
      import h5py, json, shutil, sys
      shutil.copy(*sys.argv[1:])
      with h5py.File(sys.argv[2], "r+") as f:
        config = json.loads(f.attrs["model_config"])
        layers = config["config"]["layers"]
        for layer in layers: layer.pop("inbound_nodes"), layer.pop("name")
        layers[1]["config"]["batch_input_shape"] = layers[0]["config"]["batch_input_shape"]
        f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers[1:]})
        f.attrs["keras_version"] = "2.1.3"
        training = json.loads(f.attrs["training_config"])
        rate = training["optimizer_config"]["config"]
        rate["lr"] = rate.pop("learning_rate")
        f.attrs["training_config"] = json.dumps(training)
        group = f["optimizer_weights"]
        names = [n if isinstance(n, str) else n.decode() for n in group.attrs["weight_names"]]
        new = [names[0]] + [f"training/Adam/Variable_{i}:0" for i in range(1, len(names))]
        for a, b in zip(names[1:], new[1:]): group.move(a, b)
        group.attrs["weight_names"] = [n.encode() for n in new]
      """
    guard Python.isWanted else { return }
    try Python.run(.keras2, code: code, [path, folder.path("old.h5")])
    let old = try KerasFile.read(folder.path("old.h5"))
    #expect(old.kerasVersion == "2.1.3" && old.optimizer == model.optimizer)
    #expect(old.architecture.layers == model.architecture.layers)
    #expect(old.weights == model.weights && old.optimizerState == model.optimizerState)
  }
}
