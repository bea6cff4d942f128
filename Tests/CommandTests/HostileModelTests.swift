import Foundation
import PythonTesting
import Support
import TestTools
import Testing

/// A model file that nobody vouches for costs one message, whatever is in it.
@Suite("Hostile model files", .serialized, .enabled(if: Python.isWanted, "\(Python.skipReason)"))
struct HostileModelTests {
  private let models: HostileModels

  init() throws { models = try HostileModels() }

  private func tool(_ name: String = "neatms-dist", _ arguments: String...) throws -> RunResult {
    try run(builtProduct(name), arguments, directory: models.folder.path)
  }

  private func expectRefusal(
    _ result: RunResult, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      result.status == Failure.Code.badData.rawValue, "\(result.stderr)",
      sourceLocation: sourceLocation)
    #expect(
      result.stderr.contains(reason), "\(result.stderr)", sourceLocation: sourceLocation)
    #expect(result.stdout.isEmpty, "\(result.stdout)", sourceLocation: sourceLocation)
    let lines = result.stderr.split(separator: "\n").count
    #expect(lines <= 2, "\(result.stderr)", sourceLocation: sourceLocation)
  }

  @Test func everyKindIsRefusedWithItsReason() throws {
    #expect(Set(models.names) == Set(hostileModelReasons.keys).union(["outside.keras"]))
    for (name, reason) in hostileModelReasons.sorted(by: { $0.key < $1.key }) {
      let result = try tool("neatms-dist", "summary", name)
      expectRefusal(result, reason)
      #expect(result.stderr.hasPrefix("neatms-dist: \(name)"), "\(result.stderr)")
    }
  }

  /// Nothing is ever unpacked onto the disk, so that the name of an entry is only a name.
  @Test func entriesWithPathsAreNotUnpacked() throws {
    let result = try tool("neatms-dist", "summary", "outside.keras")
    #expect(result.status == 0, "\(result.stderr)")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/outside"))
    #expect(!FileManager.default.fileExists(atPath: models.folder.file("../../outside")))
  }

  @Test func everyToolRefuses() throws {
    try makeDemo(models.folder.file("peaks.h5"), peaks: 60, matrixSize: 16)
    for name in ["soft-link.h5", "bomb.h5", "half.h5", "bomb.keras"] {
      try expectRefusalOfEveryTool(name, try #require(hostileModelReasons[name]))
    }
  }

  private func expectRefusalOfEveryTool(_ name: String, _ reason: String) throws {
    expectRefusal(
      try tool("neatms-dist", "train", "--data", "peaks.h5", "--model", name, "--quiet"), reason)
    expectRefusal(
      try tool("neatms-dist", "export", name, "--to", "onnx", "--out", "made.onnx"), reason)
    expectRefusal(try tool("neatms-evaluate", name, "--data", "peaks.h5"), reason)
    let experiment = try SimulatedExperiment(samples: 1, features: 3)
    let predicted = try run(
      builtProduct("neatms-dist"),
      [
        "predict", "--model", models.folder.file(name), "--raw", "raw", "--features",
        "features.csv", "--format", "xcms",
      ], directory: experiment.folder.path)
    expectRefusal(predicted, reason)
    let made = try FileManager.default.contentsOfDirectory(atPath: models.folder.path)
    #expect(!made.contains("neatms-run") && !made.contains("made.onnx"))
  }

  @Test func everyRankEndsWithOneMessage() throws {
    try makeDemo(models.folder.file("peaks.h5"), peaks: 60, matrixSize: 16)
    var train = Train(ranks: 2)
    train.arguments = ["--data", "peaks.h5", "--model", "bomb.h5", "--quiet"]
    let result = try train.run(in: models.folder)
    #expect(result.status == Failure.Code.badData.rawValue, "\(result.stderr)")
    #expect(result.stderr.components(separatedBy: "of memory").count == 2, "\(result.stderr)")
  }

  /// A damaged checkpoint is passed over, and the one before it is used.
  @Test func aHostileCheckpointIsPassedOver() throws {
    try makeDemo(models.folder.file("peaks.h5"), peaks: 60, matrixSize: 16)
    for name in ["bomb.h5", "circle.h5", "good.h5"] { try expectToPassOver(name) }
  }

  private func expectToPassOver(_ name: String) throws {
    let out = "run-\(name)"
    let first = try Train("--data", "peaks.h5", "--epochs", "1", "--out", out)
      .run(in: models.folder)
    #expect(first.status == 0, "\(first.stderr)")
    try FileManager.default.copyItem(
      atPath: models.folder.file(name),
      toPath: models.folder.file("\(out)/checkpoints/epoch-000002.h5"))
    let second = try Train("--data", "peaks.h5", "--resume", "--epochs", "3", "--out", out)
      .run(in: models.folder)
    #expect(second.status == 0, "\(second.stderr)")
    let reason = name == "good.h5" ? "not a checkpoint" : hostileModelReasons[name] ?? ""
    #expect(second.stderr.contains(reason), "\(second.stderr)")
    #expect(second.stderr.contains("passed over"), "\(second.stderr)")
    #expect(second.stderr.contains("after 1 epochs"), "\(second.stderr)")
  }
}
