import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "ReLU and Softmax as layers, from and to real Keras", .serialized,
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ActivationLayerTests {
  static let both: [Python.Environment] = [.keras2, .keras3]

  @Test("They are read as activations, predict the same, and open again", arguments: both)
  func layers(_ environment: Python.Environment) throws {
    let folder = try TemporaryFolder()
    let (theirs, end) = (folder.path("theirs.keras"), environment == .keras2 ? "h5" : "keras")
    try Python.run(environment, code: Self.code, ["make", theirs, folder.path("theirs")])
    let model = try KerasFile.read(theirs)
    #expect(
      model.architecture.layers == [
        Layer(
          "a",
          .conv2D(filters: 3, kernelHeight: 2, kernelWidth: 2, activation: .linear, padding: .same)
        ),
        Layer("bend", .activation(.relu)), Layer("flat", .flatten),
        Layer("b", .dense(units: 3, activation: .linear)), Layer("share", .activation(.softmax)),
      ])
    let x = try floats(folder.path("theirs.x.bin"))
    let expected = try floats(folder.path("theirs.bin"))
    #expect(difference(try predictions(model, x), expected) < 1e-5)
    let ours = folder.path("ours.\(end)")
    try end == "h5" ? KerasFile.write(model, to: ours) : KerasFile.writeZip(model, to: ours)
    try Python.run(environment, code: Self.code, ["open", ours, folder.path("ours")])
    #expect(difference(try floats(folder.path("ours.bin")), expected) < 1e-6)
  }

  private static let code = """
    import sys, numpy as np
    try: import tensorflow; from tensorflow import keras
    except ImportError: import keras
    what, path, out = sys.argv[1:]
    L = keras.layers
    x = np.random.RandomState(4).uniform(-1, 1, (6, 2, 10, 1)).astype("float32")
    if what == "make":
      model = keras.Sequential([keras.Input((2, 10, 1)), L.Conv2D(3, 2, padding="same", name="a"),
        L.ReLU(name="bend"), L.Flatten(name="flat"), L.Dense(3, name="b"), L.Softmax(name="share")])
      model.save(path)
      x.tofile(f"{out}.x.bin")
    else: model = keras.models.load_model(path)
    model.predict(x, verbose=0).tofile(f"{out}.bin")
    """
}
