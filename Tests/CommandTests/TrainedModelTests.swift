import Foundation
import KerasFile
import Model
import PeakData
import PythonTesting
import TestTools
import Testing

/// What a training here leaves behind, in the programs that users compare it with.
@Suite(.serialized) struct TrainedModelTests {
  /// Trains on two ranks, opens `best.h5` in real Keras 2.15, Keras 3 and NeatMS's NN_handler,
  /// compares their predictions for the test peaks with ours, and trains one more epoch there
  /// (keras-files.py fits every model it opens).
  @Test(.enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
  func kerasAndNeatMSOpenIt() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 400)
    let trained = try Train(
      ranks: 2, "--data", "peaks.h5", "--epochs", "3", "--learning-rate", "0.0003"
    ).run(in: folder)
    #expect(trained.status == 0, "\(trained.stderr)")
    let models = folder.file("models")
    try FileManager.default.createDirectory(atPath: models, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: folder.file("neatms-run/best.h5"), toPath: models + "/best.h5")

    let peaks = try BatchesFile(path: folder.file("peaks.h5"))
    let count = peaks.count(.test)
    var x = [Float](repeating: 0, count: count * 240)
    try peaks.readMatrices(.test, 0..<count, into: &x)
    try x.withUnsafeBytes { try Data($0).write(to: URL(filePath: models + "/x.bin")) }
    let model = try KerasFile.read(models + "/best.h5")
    let net = try PeakNet(architecture: model.architecture, maxBatch: 16)
    _ = net.weights.all.update(fromContentsOf: model.weights)
    var ours = [Float](repeating: 0, count: count * 3)
    net.predict(x, count: count, into: &ours)

    let openers: [(Python.Environment, String, String)] = [
      (.keras2, "open", "keras2"), (.keras3, "open", "keras3"), (.keras2, "neatms", "neatms"),
    ]
    for (environment, verb, how) in openers {
      try Python.run(environment, script: "keras-files.py", [verb, models])
      let bytes = try Data(contentsOf: URL(filePath: models + "/best.\(how).bin"))
      let theirs = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      #expect(theirs.count == ours.count)
      let difference = zip(ours, theirs).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-5, "\(how)")
    }
  }

  /// Without shuffling and dropout an epoch does not depend on its number: two epochs and then two
  /// more from `--model` are four epochs, to the last bit, because moments and step count go along.
  @Test func startingFromAModelGoesOnWithItsOptimizer() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 200)
    func train(_ out: String, epochs: Int, _ extra: [String] = []) throws -> KerasModel {
      var train = Train()
      train.arguments =
        [
          "--data", "peaks.h5", "--epochs", "\(epochs)", "--no-shuffle", "--dropout", "0",
          "--learning-rate", "0.0003", "--out", out,
        ] + extra
      let result = try train.run(in: folder)
      #expect(result.status == 0, "\(result.stderr)")
      return try KerasFile.read(folder.file("\(out)/model.h5"))
    }
    let four = try train("four", epochs: 4)
    _ = try train("two", epochs: 2)
    let start = folder.file("two/model.h5")
    let twoMore = try train("more", epochs: 2, ["--model", start])
    #expect(four.weights == twoMore.weights)
    #expect(four.optimizerState == twoMore.optimizerState)
    let fresh = try train("fresh", epochs: 2, ["--model", start, "--fresh-optimizer"])
    #expect(fresh.weights != four.weights)
    #expect(fresh.optimizerState?.step == (four.optimizerState?.step ?? 0) / 2)
    // --dropout is for this training; the file keeps the model's own rate.
    #expect(four.architecture == Architecture.neatMS(matrixSize: 120, classCount: 3))
  }
}
