import Foundation
import HDF5
import KerasFile
import Model
import TestTools
import Testing

/// What the optimizer goes on from, and why it does not.
@Suite struct OptimizerStartTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 100, matrixSize: 16)
  }

  /// A model for the peaks; `optimizer` with its state after 5 steps.
  private func model(_ optimizer: OptimizerConfiguration?, remembers: Bool = true) -> KerasModel {
    let architecture = Architecture.neatMS(matrixSize: 16, classCount: 3)
    let count = ParameterLayout(architecture).count
    var model = KerasModel(
      architecture: architecture,
      weights: (0..<count).map { Float($0 % 23 - 11) / 200 }, optimizer: optimizer)
    if let optimizer, remembers {
      let slots = optimizer.slotNames.map { _ in [Float](repeating: 0.001, count: count) }
      model.optimizerState = OptimizerState(step: 5, slots: slots)
    }
    return model
  }

  private func trained(_ out: String) throws -> KerasModel {
    try KerasFile.read(folder.file("\(out)/model.h5"))
  }

  @Test("A run of layers with slashes is resumed to the same bits")
  func slashes() throws {
    var start = model(nil)
    start.architecture.layers[0].name = "block1/conv"
    start.architecture.layers[2].name = "conv"
    start.architecture.layers[4].name = "m/conv"
    try KerasFile.write(start, to: folder.file("start.h5"))
    let options = ["--data", "peaks.h5", "--model", "start.h5"]
    for (out, epochs) in [("a", 2), ("b", 4)] {
      var train = Train()
      train.arguments = options + ["--epochs", "\(epochs)", "--out", out]
      let result = try train.run(in: folder)
      #expect(result.status == 0, "\(result.stderr)")
      #expect(result.stderr.contains("starts anew: start.h5 holds no optimizer's state"))
    }
    let resumed = try Train("--resume", "--epochs", "4", "--out", "a").run(in: folder)
    #expect(resumed.status == 0 && !resumed.stderr.contains("anew"), "\(resumed.stderr)")
    #expect(try trained("a") == trained("b"))
  }

  @Test("SGD goes on with the model's momentum, where the command line names none")
  func momentum() throws {
    try KerasFile.write(
      model(.sgd(learningRate: 0.5, momentum: 0.75)), to: folder.file("sgd.h5"))
    let options = ["--data", "peaks.h5", "--model", "sgd.h5", "--optimizer", "sgd"]
    func run(_ out: String, _ more: String...) throws -> String {
      var train = Train()
      train.arguments = options + ["--epochs", "2", "--no-shuffle", "--out", out] + more
      let result = try train.run(in: folder)
      #expect(result.status == 0, "\(result.stderr)")
      return result.stderr
    }
    #expect(try run("a").contains("sgd goes on with momentum 0.75, as sgd.h5 says"))
    #expect(try !run("b", "--momentum", "0.75").contains("as sgd.h5 says"))
    #expect(try trained("a") == trained("b"))
    #expect(try trained("a").optimizer == .sgd(learningRate: 0.00001, momentum: 0.75))
    #expect(try run("c", "--momentum", "0").contains("momentum, and --momentum is 0"))
    #expect(try trained("c").optimizer == .sgd(learningRate: 0.00001))
    #expect(try run("d", "--fresh-optimizer").contains("anew: as --fresh-optimizer says"))
    #expect(try trained("d").optimizer == .sgd(learningRate: 0.00001))
    // A resumed run keeps it, and knows it for its own option.
    for momentum in [[], ["--momentum", "0.75"]] {
      var train = Train("--resume", "--epochs", "+1", "--out", "a")
      train.arguments += momentum
      let resumed = try train.run(in: folder)
      #expect(resumed.status == 0 && !resumed.stderr.contains("anew"), "\(resumed.stderr)")
      #expect(try trained("a").optimizer == .sgd(learningRate: 0.00001, momentum: 0.75))
    }
  }

  @Test("Why the optimizer starts anew")
  func reasons() throws {
    try KerasFile.write(
      model(.sgd(learningRate: 0.5, momentum: 0.75)), to: folder.file("sgd.h5"))
    try KerasFile.write(model(.adam(learningRate: 1)), to: folder.file("adam.h5"))
    try KerasFile.write(
      model(.adam(learningRate: 1), remembers: false), to: folder.file("untrained.h5"))
    try KerasFile.writeWeights(model(nil), to: folder.file("w.weights.h5"))
    try KerasFile.write(model(nil), to: folder.file("mse.h5")) { root in
      let file = try H5File(reading: folder.file("adam.h5"))
      let config = try #require(try file.root.string(attribute: "training_config"))
      try root.set(
        attribute: "training_config",
        config.replacingOccurrences(of: "categorical_crossentropy", with: "mse"))
    }
    for (model, option, reason) in [
      ("sgd.h5", nil, "sgd.h5 holds the state of sgd, and --optimizer is adam"),
      ("adam.h5", "--freeze=conv2d_1", "--freeze changes what is trained"),
      ("adam.h5", "--new-classifier", "--new-classifier changes what is trained"),
      ("adam.h5", "--fresh-optimizer", "as --fresh-optimizer says"),
      ("untrained.h5", nil, "untrained.h5 holds no optimizer's state"),
      ("w.weights.h5", nil, "w.weights.h5 holds weights only"),
      ("mse.h5", nil, "mse.h5 was compiled with the loss mse"),
      ("adam.h5", nil, nil),
    ] as [(String, String?, String?)] {
      var train = Train("--data", "peaks.h5", "--epochs", "1", "--overwrite", "--model", model)
      if let option { train.arguments.append(option) }
      let result = try train.run(in: folder)
      #expect(result.status == 0, "\(result.stderr)")
      #expect(result.stderr.contains("the optimizer starts anew: ") == (reason != nil), "\(model)")
      if let reason { #expect(result.stderr.contains("anew: \(reason)"), "\(result.stderr)") }
    }
    let program = try builtProduct("neatms-dist")
    let shown = try run(program, ["summary", folder.file("mse.h5")])
    #expect(shown.stdout.contains("anew: the file was compiled with the loss mse"))
    let exported = try run(
      program, ["export", folder.file("mse.h5"), "--to", "keras", "--out", folder.file("e.keras")])
    #expect(exported.status == 0 && exported.stderr.contains("was compiled with the loss mse"))
  }
}
