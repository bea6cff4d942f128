import Foundation
import KerasFile
import Model
import PeakData
import Support
import TestTools
import Testing

/// Models and data of other classes, matrix sizes and margins.
@Suite(.serialized) struct NewClassifierTests {
  let folder: TemporaryFolder
  /// Trained on simulated peaks: High_quality, Low_quality, Noise; 120 points; margin 1.
  let start: KerasModel

  init() throws {
    folder = try TemporaryFolder()
    try makeDemo(folder.file("demo.h5"), peaks: 100)
    let result = try Train(
      "--data", "demo.h5", "--epochs", "1", "--learning-rate", "0.001", "--out", "start"
    ).run(in: folder)
    #expect(result.status == 0, "\(result.stderr)")
    start = try KerasFile.read(folder.file("start/model.h5"))
  }

  private func makePeaks(
    _ name: String, classes: [String], size: Int = 120, margin: Double? = nil
  ) throws {
    let header = BatchesHeader(matrixSize: size, margin: margin, classes: classes)
    try BatchesWriter.write(RandomPeaks(header: header), to: folder.file(name))
  }

  private func train(_ out: String, ranks: Int? = nil, _ more: [String]) throws -> RunResult {
    var train = Train(ranks: ranks)
    train.arguments =
      ["--epochs", "2", "--learning-rate", "0.0003", "--out", out, "--model", "start/model.h5"]
      + more
    return try train.run(in: folder)
  }

  private func layer(_ name: String, of model: KerasModel) -> [Float] {
    ParameterLayout(model.architecture).tensors.filter { $0.layer == name }.flatMap {
      model.weights[$0.range]
    }
  }

  @Test(arguments: [nil, 2])
  func aMismatchSaysBoth(ranks: Int?) throws {
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    try makePeaks("renamed.h5", classes: ["A", "B", "C"])
    try makePeaks("small.h5", classes: ["High_quality", "Low_quality", "Noise"], size: 60)
    try makePeaks("wide.h5", classes: ["High_quality", "Low_quality", "Noise"], margin: 2)
    let own = "High_quality, Low_quality, Noise"
    for (file, parts) in [
      ("two.h5", ["3 classes (the model): \(own)", "2 classes (the data): Bad, Good"]),
      ("renamed.h5", ["3 classes (the model): \(own)", "3 classes (the data): A, B, C"]),
      ("small.h5", ["120 points (the model)", "60 points (the data)", "--matrix-size 120"]),
      ("wide.h5", ["a margin of 1.0 (the model)", "2.0 (the data)", "--margin 1.0"]),
    ] {
      let refused = try train("run", ranks: ranks, ["--data", file])
      #expect(refused.status == 65, "\(file): \(refused.stderr)")
      for part in parts + ["--new-classifier", "start/model.h5 and \(file)"] {
        #expect(refused.stderr.contains(part), "\(file): \(refused.stderr)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
      let evaluated = try run(
        builtProduct("neatms-evaluate"), [folder.file("start/model.h5"), "--data", file],
        directory: folder.path)
      #expect(evaluated.status == 65, "\(file): \(evaluated.stderr)")
      for part in parts { #expect(evaluated.stderr.contains(part), "\(evaluated.stderr)") }
    }
  }

  /// Files of others hold no class names: they fit when the number of outputs does.
  @Test func foreignModelsAreCheckedByShape() throws {
    try makePeaks("renamed.h5", classes: ["A", "B", "C"], margin: 2)
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    var foreign = start
    (foreign.classes, foreign.margin) = (nil, nil)
    try KerasFile.write(foreign, to: folder.file("foreign.h5"))
    let fits = try train("fits", ["--model", "foreign.h5", "--data", "renamed.h5"])
    #expect(fits.status == 0, "\(fits.stderr)")
    let trained = try KerasFile.read(folder.file("fits/model.h5"))
    #expect(trained.classes == ["A", "B", "C"] && trained.margin == 2)
    let refused = try train("refused", ["--model", "foreign.h5", "--data", "two.h5"])
    #expect(refused.status == 65)
    #expect(refused.stderr.contains("3 classes (the model), found 2 classes"), "\(refused.stderr)")
  }

  @Test(arguments: [nil, 2])
  func theLastLayerIsMadeAnewAndTheRestKept(ranks: Int?) throws {
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    let result = try train(
      "run", ranks: ranks,
      ["--data", "two.h5", "--new-classifier", "--freeze", "conv-base,dense_1", "--seed", "5"])
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("made anew: dense_prediction, for Bad, Good"))
    #expect(
      result.stderr.contains("kept from start/model.h5: conv2d_1, conv2d_2, dense_1"))
    let model = try KerasFile.read(folder.file("run/model.h5"))
    #expect(model.classes == ["Bad", "Good"])
    #expect(model.architecture.classCount == 2)
    #expect(model.architecture.layers.map(\.name) == start.architecture.layers.map(\.name))
    for name in ["conv2d_1", "conv2d_2", "dense_1"] {
      #expect(layer(name, of: model) == layer(name, of: start), "\(name)")
    }
    // 24 peaks: a step an epoch, and the optimizer anew.
    #expect(model.optimizerState?.step == 2)
  }

  /// The new layer starts as Keras's does, from the seed alone: uniform within the Glorot limit.
  @Test func theNewLayerIsGlorotUniformOfTheSeed() throws {
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    func begin(_ out: String, _ seed: String) throws -> [Float] {
      let result = try train(
        out, ["--data", "two.h5", "--new-classifier", "--epochs", "0", "--seed", seed])
      #expect(result.status == 0, "\(result.stderr)")
      return layer("dense_prediction", of: try KerasFile.read(folder.file("\(out)/model.h5")))
    }
    let first = try begin("first", "5")
    #expect(try begin("same", "5") == first)
    #expect(try begin("other", "6") != first)
    let limit = (6 / Float(128 + 2)).squareRoot()
    let kernel = first.prefix(256)
    #expect(kernel.allSatisfy { abs($0) <= limit })
    #expect(kernel.contains { $0 > 0.9 * limit } && kernel.contains { $0 < -0.9 * limit })
    #expect(first.suffix(2) == [0, 0])
  }

  @Test func otherMatricesKeepTheLayersWhoseShapesAgree() throws {
    try makePeaks("small.h5", classes: ["Bad", "Good"], size: 60, margin: 2)
    let result = try train(
      "run", ["--data", "small.h5", "--new-classifier", "--freeze", "conv-base"])
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("made anew: dense_1, dense_prediction, for Bad, Good"))
    #expect(result.stderr.contains("kept from start/model.h5: conv2d_1, conv2d_2"))
    #expect(result.stderr.contains("Warning: start/model.h5 was trained with a margin of 1.0"))
    let model = try KerasFile.read(folder.file("run/model.h5"))
    #expect(model.architecture.matrixSize == 60)
    for name in ["conv2d_1", "conv2d_2"] {
      #expect(layer(name, of: model) == layer(name, of: start), "\(name)")
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    let frozen = try train(
      "run", ["--data", "two.h5", "--new-classifier", "--freeze", "classifier"])
    #expect(frozen.status == 64)
    #expect(frozen.stderr.contains("dense_prediction"), "\(frozen.stderr)")
    let scratch = try Train("--data", "two.h5", "--new-classifier").run(in: folder)
    #expect(scratch.status == 64)
    #expect(scratch.stderr.contains("--model"), "\(scratch.stderr)")
    _ = try train("run", ["--data", "demo.h5"])
    let resumed = try train("run", ["--data", "demo.h5", "--new-classifier", "--resume"])
    #expect(resumed.status == 64)
    #expect(resumed.stderr.contains("--new-classifier was not given"), "\(resumed.stderr)")
  }

  /// A layer that the model holds frozen and that is made anew is trained.
  @Test func aNewLayerIsNeverLeftFrozen() throws {
    try makePeaks("two.h5", classes: ["Bad", "Good"])
    var model = start
    for index in model.architecture.layers.indices where index != 0 {
      model.architecture.layers[index].trainable = index == 2
    }
    model.optimizerState = nil
    try KerasFile.write(model, to: folder.file("frozen.h5"))
    let result = try train(
      "run", ["--model", "frozen.h5", "--data", "two.h5", "--new-classifier"])
    #expect(result.status == 0, "\(result.stderr)")
    let trained = try KerasFile.read(folder.file("run/model.h5"))
    let frozen = trained.architecture.layers.filter { !$0.trainable }.map(\.name)
    #expect(frozen == ["max_pooling2d_1", "flatten_1", "dense_1", "dropout_1"])
    #expect(layer("dense_1", of: trained) == layer("dense_1", of: start))
  }
}

/// 12 peaks of each class to train on and 2 to test, of random numbers.
private struct RandomPeaks: BatchSource {
  let header: BatchesHeader
  let place = "random peaks"

  func count(_ split: Split) -> Int {
    let each = [Split.train: 12, .test: 2][split] ?? 0
    return each * header.classes.count
  }

  func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    for place in 0..<(range.count * 2 * header.matrixSize) { target[place] = .random(in: 0...1) }
  }

  func readLabels(_ split: Split) throws -> [Int32] {
    (0..<count(split)).map { Int32($0 % header.classes.count) }
  }

  func readIDs(_ split: Split) throws -> [String] { (0..<count(split)).map { "peak \($0)" } }
}
