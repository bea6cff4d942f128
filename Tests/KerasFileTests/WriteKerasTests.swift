import Foundation
import HDF5
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "Real Keras and NeatMS open what is written here",
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct WriteKerasTests {
  struct Fact: Decodable {
    var rate: Float?
    var step: Int?
    var stepsAfter: Int
    var loss: Double
    var metrics: [String]
  }

  static let models: [String: KerasModel] = [
    "adam": randomModel(.adam(learningRate: 1e-5)),
    "sgd": randomModel(classes: 4, .sgd(learningRate: 0.02)),
    "momentum": randomModel(classes: 2, .sgd(learningRate: 0.02, momentum: 0.9)),
  ]

  static func writeAll(_ folder: TemporaryFolder) throws {
    for (name, model) in models { try KerasFile.write(model, to: folder.path("\(name).h5")) }
    var random = Random()
    try write(random.floats(16 * 240, positive: true), folder.path("x.bin"))
  }

  /// This program's own predictions for x.bin.
  static func predictions(_ model: KerasModel, _ folder: TemporaryFolder) throws -> [Float] {
    let net = try PeakNet(architecture: model.architecture, maxBatch: 16)
    _ = net.weights.all.update(fromContentsOf: model.weights)
    let x = try floats(folder.path("x.bin"))
    var result = [Float](repeating: 0, count: 16 * model.architecture.classCount)
    net.predict(x, count: 16, into: &result)
    return result
  }

  static func compare(_ folder: TemporaryFolder, _ how: String) throws {
    for (name, model) in models {
      let ours = try predictions(model, folder)
      let theirs = try floats(folder.path("\(name).\(how).bin"))
      #expect(ours.count == theirs.count)
      let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-5, "\(name) in \(how)")
      #expect(ours.max() != ours.min())
    }
  }

  @Test("Keras 2.15: predictions, optimizer state, one more epoch")
  func keras2() throws {
    let folder = try TemporaryFolder()
    try Self.writeAll(folder)
    let facts: [String: Fact] = try facts(
      Python.run(.keras2, script: "keras-files.py", ["open", folder.url.path]))
    try Self.compare(folder, "keras2")
    for (name, model) in Self.models {
      let fact = try #require(facts[name])
      let state = try #require(model.optimizerState)
      #expect(fact.rate == model.optimizer?.learningRate, "\(name)")
      #expect(fact.step == state.step, "\(name)")
      // 40 peaks in batches of 32 are two steps.
      #expect(fact.stepsAfter == state.step + 2 && fact.loss.isFinite, "\(name)")
      #expect(fact.metrics == ["accuracy", "loss", "mean_absolute_error"], "\(name)")
      for (index, slot) in state.slots.enumerated() {
        #expect(slot == (try floats(folder.path("\(name).slot\(index).bin"))), "\(name) \(index)")
      }
    }
  }

  @Test("Keras 3: predictions, learning rate, one more epoch")
  func keras3() throws {
    let folder = try TemporaryFolder()
    try Self.writeAll(folder)
    let facts: [String: Fact] = try facts(
      Python.run(.keras3, script: "keras-files.py", ["open", folder.url.path]))
    try Self.compare(folder, "keras3")
    for (name, model) in Self.models {
      let fact = try #require(facts[name])
      #expect(fact.rate == model.optimizer?.learningRate, "\(name)")
      #expect(fact.stepsAfter == 2 && fact.loss.isFinite, "\(name)")
      #expect(fact.metrics == ["accuracy", "loss", "mae"], "\(name)")
    }
  }

  @Test("NeatMS 0.9's NN_handler: create_model, get_model_summary, train_model")
  func neatms() throws {
    let folder = try TemporaryFolder()
    try Self.writeAll(folder)
    let facts: [String: Fact] = try facts(
      Python.run(.keras2, script: "keras-files.py", ["neatms", folder.url.path]))
    try Self.compare(folder, "neatms")
    for (name, model) in Self.models {
      let fact = try #require(facts[name])
      #expect(fact.stepsAfter == (model.optimizerState?.step ?? 0) + 1 && fact.loss.isFinite)
      let names = ["accuracy", "loss", "mean_absolute_error"]
      #expect(fact.metrics == names + names.map { "val_\($0)" })
    }
  }

  @Test("The weights lie as Keras 2.15 lays them for the same network")
  func weightsLayout() throws {
    let folder = try TemporaryFolder()
    try KerasFile.write(randomModel(points: 31, classes: 4, nil), to: folder.path("ours.h5"))
    let code = """
      import sys; sys.path.insert(0, "scripts/python")
      import h5py, keras_network
      m = keras_network.build(keras_network.neatms(31, 4))
      m.save(sys.argv[2])
      ours, theirs = h5py.File(sys.argv[1]), h5py.File(sys.argv[2])
      def tree(f):
        found = []
        f.visititems(lambda name, item: found.append(
          (name, getattr(item, "shape", None), str(getattr(item, "dtype", None)),
           [(k, str(v)) for k, v in item.attrs.items()])))
        return found
      assert tree(ours) == tree(theirs), (tree(ours), tree(theirs))
      print("same")
      """
    let printed = try Python.run(
      .keras2, code: code, [folder.path("ours.h5"), folder.path("theirs.h5")])
    #expect(printed.hasSuffix("same\n"))
  }
}
