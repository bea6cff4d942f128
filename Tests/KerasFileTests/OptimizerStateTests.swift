import Foundation
import HDF5
import KerasFile
import Model
import PythonTesting
import Testing

/// What `scripts/python/keras-states.py` made in one Keras.
private final class StateFiles: Sendable {
  let folder: TemporaryFolder
  /// The step counts with which Keras opens its own .keras files.
  let steps: [String: Int]

  init(_ environment: Python.Environment) throws {
    folder = try TemporaryFolder()
    steps = try facts(Python.run(environment, script: "keras-states.py", [folder.url.path]))
  }

  static let keras2 = Result { try StateFiles(.keras2) }
  static let keras3 = Result { try StateFiles(.keras3) }

  static func of(_ environment: Python.Environment) throws -> StateFiles {
    try (environment == .keras2 ? keras2 : keras3).get()
  }

  func read(_ name: String) throws -> KerasModel {
    let model = try KerasFile.read(folder.path(name), matrixSize: 21)
    try model.check(at: name)
    return model
  }
}

@Suite(
  "The optimizer's state in real Keras's files: whose it is, and when there is none to go on from",
  .serialized, .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct OptimizerStateTests {
  static let both: [Python.Environment] = [.keras2, .keras3]
  static let ends = ["h5", "keras"]

  @Test("Models that were compiled but not trained yet are read", arguments: both, ends)
  func untrained(_ environment: Python.Environment, _ end: String) throws {
    let files = try StateFiles.of(environment)
    for name in ["untrained", "recompiled"] {
      let model = try files.read("\(name).\(end)")
      #expect(model.optimizer == .adam(learningRate: 0.01), "\(name)")
      #expect(model.optimizerState == nil && model.stateRemark == nil, "\(name)")
      #expect(files.steps[name] == 0, "Keras itself goes on with \(name)")
    }
    #expect(try files.read("recompiled.\(end)").frozenLayers.contains("conv2d_1"))
  }

  @Test(
    "Where trainable was changed after the training, the state is left, not the model",
    arguments: both, ends)
  func trainableChanged(_ environment: Python.Environment, _ end: String) throws {
    let files = try StateFiles.of(environment)
    for (name, isFrozen) in [("froze", true), ("unfroze", false)] {
      let model = try files.read("\(name).\(end)")
      #expect(model.frozenLayers.contains("conv2d_1") == isFrozen, "\(name)")
      #expect(model.optimizer == .adam(learningRate: 0.01) && model.optimizerState == nil)
      #expect(model.stateRemark?.contains("of other layers") == true, "\(name)")
    }
    #expect(files.steps["froze"] == 0 && files.steps["unfroze"] == 0)
  }

  @Test("Whose moments are whose: layers with slashes, networks built when they saw data")
  func goingOn() throws {
    let slashes = ["go-same", "go-other", "go-samelegacy", "go-otherlegacy"]
    for (environment, names) in [(Python.Environment.keras2, slashes), (.keras3, [])] {
      let files = try StateFiles.of(environment)
      let peaks = try floats(files.folder.path("x.bin"))
      for name in names + ["go-lazy", "go-lazysgd"] {
        let after = try floats(files.folder.path("\(name).after.bin"))
        for end in Self.ends where !(end == "keras" && name.hasSuffix("legacy")) {
          let model = try files.read("\(name).\(end)")
          #expect(model.optimizerState?.step == 3 && model.stateRemark == nil, "\(name).\(end)")
          let ours = try trainedOn(model, peaks)
          #expect(difference(ours.weights, after) < 1e-5, "\(name).\(end)")
          var fresh = model
          fresh.optimizerState = nil
          #expect(difference(try trainedOn(fresh, peaks).weights, after) > 1e-4, "\(name)")
          // What is written here is read again, in both formats.
          try KerasFile.write(model, to: files.folder.path("again.h5"))
          try KerasFile.writeZip(model, to: files.folder.path("again.keras"))
          for again in Self.ends {
            let state = try files.read("again.\(again)").optimizerState
            #expect(state == model.optimizerState, "\(name).\(end), again.\(again)")
          }
        }
      }
    }
  }

  static let remarks: [(name: String, remark: String)] = [
    ("amsgrad", "AMSGrad"), ("nesterov", "Nesterov momentum"), ("rmsprop", "the optimizer RMSprop"),
    ("clipped", "gradient clipping"), ("schedule", "a schedule"),
    ("mse", "the loss MeanSquaredError"), ("smoothed", "label smoothing"),
  ]

  @Test("Optimizers, settings and losses that are not here are named", arguments: both, ends)
  func remarks(_ environment: Python.Environment, _ end: String) throws {
    let files = try StateFiles.of(environment)
    for (name, remark) in Self.remarks {
      let model = try files.read("\(name).\(end)")
      #expect(model.optimizerState == nil, "\(name)")
      #expect(
        model.stateRemark?.contains(remark) == true, "\(name): \(model.stateRemark ?? "none")")
    }
    let object = try files.read("object.\(end)")
    #expect(object.optimizerState?.step == 3 && object.stateRemark == nil)
  }
}

@Suite("The optimizer in files of other origin")
struct OptimizerFileTests {
  /// A file of ours with another text in place of one in its `training_config`.
  private func read(replacing text: String, with other: String) throws -> KerasModel {
    let folder = try TemporaryFolder()
    try KerasFile.write(randomModel(points: 16, .adam(learningRate: 1)), to: folder.path("m.h5"))
    try KerasFile.write(randomModel(points: 16, nil), to: folder.path("n.h5")) { root in
      let file = try H5File(reading: folder.path("m.h5"))
      let config = try #require(try file.root.string(attribute: "training_config"))
      try #require(config.contains(text))
      try root.set(
        attribute: "training_config", config.replacingOccurrences(of: text, with: other))
    }
    let model = try KerasFile.read(folder.path("n.h5"))
    try model.check(at: "n.h5")
    return model
  }

  @Test(
    "Settings that no training can use are named, and not used",
    arguments: [
      ("\"beta_1\": 0.8999999761581421", "\"beta_1\": -5.0", "beta_1 -5"),
      ("\"beta_1\": 0.8999999761581421", "\"beta_1\": 1.0", "beta_1 1"),
      ("\"beta_2\": 0.9990000128746033", "\"beta_2\": 1", "beta_2 1"),
      ("\"epsilon\": 1e-07", "\"epsilon\": 0.0", "epsilon 0"),
      ("\"epsilon\": 1e-07", "\"epsilon\": 1e300", "epsilon 1e+300"),
      ("\"epsilon\": 1e-07", "\"epsilon\": \"small\"", "epsilon \"small\""),
      ("\"class_name\": \"Adam\"", "\"class_name\": \"Mine\\u001b[31m\"", "Mine?[31m"),
    ])
  func settings(_ text: String, _ other: String, _ remark: String) throws {
    let model = try read(replacing: text, with: other)
    #expect(model.optimizer == nil && model.optimizerState == nil)
    #expect(model.stateRemark?.contains(remark) == true, "\(model.stateRemark ?? "none")")
  }

  @Test("Keras 2.3.1 counts moments: frozen after the training, they would be other layers'")
  func frozenAfterwards() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("froze.h5")
    try FileManager.default.copyItem(
      atPath: fixtures.appendingPathComponent("keras-2.3.1.h5").path, toPath: path)
    guard Python.isWanted else { return }
    let code = """
      import h5py, json, sys
      with h5py.File(sys.argv[1], "r+") as f:
        config = json.loads(f.attrs["model_config"])
        for layer in config["config"]["layers"][1:3]: layer["config"]["trainable"] = False
        f.attrs["model_config"] = json.dumps(config)
      """
    try Python.run(.keras2, code: code, [path])
    let model = try KerasFile.read(path)
    #expect(!model.frozenLayers.isEmpty && model.optimizerState == nil)
    #expect(model.stateRemark?.contains("of other layers") == true)
  }
}
