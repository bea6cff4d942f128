import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "Weights alone whose layers have names of their own", .serialized,
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct WeightsByPlaceTests {
  let folder: TemporaryFolder

  /// Chains over (2, 20, 1) in real Keras: their weights alone, peaks, and what is predicted.
  init() throws {
    folder = try TemporaryFolder()
    let code = """
      import sys, numpy as np
      from tensorflow import keras
      L, out = keras.layers, sys.argv[1]
      x = np.random.RandomState(4).uniform(size=(6, 2, 20, 1)).astype("float32")
      x.tofile(f"{out}/x.bin")
      conv = lambda n: L.Conv2D(3, 3, padding="same", activation="relu", name=n)
      soft = lambda n: L.Dense(3, activation="softmax", name=n)
      dense = lambda n: L.Dense(5, activation="relu", name=n)
      pool = lambda n, kind=L.MaxPooling2D: kind((1, 2), name=n)
      def save(name, *layers):
        keras.utils.set_random_seed(len(layers))
        layers = [keras.Input((2, 20, 1), name="peaks"), *layers]
        chain = layers[0]
        for layer in layers[1:]: chain = layer(chain)
        model = keras.Model(layers[0], chain)
        model.save_weights(f"{out}/{name}.h5")
        model.predict(x, verbose=0).tofile(f"{out}/{name}.bin")
      save("neat", conv("a"), pool("mp"), conv("b"), L.Flatten(name="fl"), dense("c"),
        L.Dropout(0.5, name="dr"), soft("d"))
      save("named", conv("a"), L.Flatten(name="fl"), L.Dropout(0.1, name="dropout_3"), soft("d"))
      save("relu", conv("a"), L.Flatten(name="fl"), L.Dense(5, name="c"),
        L.Activation("relu", name="bend"), soft("d"))
      save("two", conv("a"), pool("mp"), L.Flatten(name="fl"), soft("d"))
      save("three", conv("a"), L.Dropout(0.1, name="e"), pool("mp"), conv("b"),
        L.Flatten(name="fl"), soft("d"))
      save("late", conv("a"), pool("pool"), conv("b"), pool("mp"), conv("c"),
        L.Flatten(name="fl"), soft("d"))
      save("share", conv("a"), L.Flatten(name="fl"), L.Dense(3, name="c"),
        L.Activation("softmax", name="share"))
      save("said", conv("a"), L.Flatten(name="fl"), L.Dense(5, name="c"),
        L.Activation("tanh", name="activation_2"), soft("d"))
      save("average", conv("a"), pool("average_pooling2d", L.AveragePooling2D), conv("b"),
        L.Flatten(name="fl"), soft("d"))
      keras.Sequential([keras.Input((2, 20, 1)), conv("a"), pool("mp"), conv("b"),
        L.Flatten(name="fl"), soft("d")]).save_weights(f"{out}/sequential.h5")
      """
    try Python.run(.keras2, code: code, [folder.url.path])
  }

  private func read(_ name: String) throws -> KerasModel {
    try KerasFile.read(folder.path("\(name).h5"), matrixSize: 20)
  }

  @Test("The place says what the name does not, and Keras predicts the same")
  func places() throws {
    for (name, told) in [
      ("neat", "peaks is the input, mp is pooling, fl is Flatten, dr is dropout."),
      ("named", "peaks is the input, fl is Flatten."),
      ("relu", "peaks is the input, fl is Flatten, bend is dropout."),
    ] {
      let model = try read(name)
      #expect(model.assumptions.count == 2, "\(name)")
      #expect(model.assumptions.last?.hasSuffix(told) == true, "\(model.assumptions)")
      let ours = try predictions(model, try floats(folder.path("x.bin")))
      #expect(difference(ours, try floats(folder.path("\(name).bin"))) < 1e-5, "\(name)")
      #expect(model.architecture.inputName == "peaks")
    }
    let layers = try read("neat").architecture.layers
    #expect(layers.map(\.name) == ["a", "mp", "b", "fl", "c", "dr", "d"])
    #expect(layers[1].kind == .maxPooling2D(poolWidth: 2) && layers[5].kind == .dropout(rate: 0.5))
    // Keras lists no input of a sequential model.
    let sequential = try read("sequential")
    #expect(sequential.architecture.layers.map(\.name) == ["a", "mp", "b", "fl", "d"])
    #expect(sequential.assumptions.last?.hasSuffix("say: mp is pooling, fl is Flatten.") == true)
  }

  @Test(
    "Where it may be more than one thing, or the name says another, it is refused",
    arguments: [
      ("two", "layer mp:"), ("three", "layer e:"), ("late", "layer mp:"), ("share", "layer share:"),
      ("said", "layer activation_2:"), ("average", "layer average_pooling2d:"),
    ])
  func refused(_ name: String, _ expected: String) throws {
    let found = failure { _ = try read(name) }
    #expect(found?.code == .badData, "\(name)")
    #expect(found?.description.contains(expected) == true, "\(found?.description ?? "read")")
    #expect(found?.hint?.contains("model.save(…)") == true)
  }
}
