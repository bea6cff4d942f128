import Foundation
import KerasFile
import Model
import PeakData
import Support
import TestTools
import Testing

/// What a user reads and what the exit code is; the numbers are in `EvaluateToolTests`.
@Suite("neatms-evaluate's messages")
struct ToolMessageTests {
  private let folder: TemporaryFolder

  /// A model of three classes for 40 points, and data that fits it.
  init() throws {
    folder = try TemporaryFolder()
    try writeModel("model.h5")
    try BatchesWriter.write(DemoSet(peaks: 60, matrixSize: 40), to: folder.file("batches.h5"))
  }

  private func writeModel(
    _ name: String, matrixSize: Int = 40, classes: [String]? = nil, weight: Float? = nil
  ) throws {
    let architecture = Architecture.neatMS(
      matrixSize: matrixSize, classCount: classes?.count ?? 3)
    let count = ParameterLayout(architecture).count
    let weights = (0..<count).map { weight ?? Float($0 % 13 - 6) * 0.01 }
    try KerasFile.write(
      KerasModel(architecture: architecture, weights: weights, classes: classes),
      to: folder.file(name))
  }

  private func evaluate(_ arguments: String...) throws -> RunResult {
    try run(builtProduct("neatms-evaluate"), arguments, directory: folder.path)
  }

  private func expectFailure(
    _ code: Failure.Code, _ parts: [String], _ arguments: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try run(builtProduct("neatms-evaluate"), arguments, directory: folder.path)
    #expect(result.status == code.rawValue, "\(result.stderr)", sourceLocation: sourceLocation)
    #expect(result.stdout.isEmpty, sourceLocation: sourceLocation)
    for part in parts {
      #expect(result.stderr.contains(part), "\(result.stderr)", sourceLocation: sourceLocation)
    }
  }

  @Test("Tables on standard output, nothing on standard error")
  func tables() throws {
    let result = try evaluate("model.h5", "--threshold", "Noise")
    #expect(result.status == 0 && result.stderr.isEmpty)
    for part in ["accuracy", "Test set", "Validation set", "Threshold for Noise", "0.99"] {
      #expect(result.stdout.contains(part))
    }
  }

  @Test("Without data: the embedded demo set, said in one line")
  func demoSet() throws {
    try writeModel("wide.h5", matrixSize: 120)
    try FileManager.default.removeItem(atPath: folder.file("batches.h5"))
    let result = try evaluate("wide.h5", "--json")
    #expect(result.status == 0)
    #expect(result.stderr.split(separator: "\n").count == 1)
    #expect(result.stderr.contains("the embedded demo set"))
    #expect(result.stdout.contains("\"count\": 400"))
    #expect(try evaluate("wide.h5", "--quiet").stderr.isEmpty)
    #expect(try evaluate("wide.h5", "-q").stderr.isEmpty)
  }

  @Test("Missing files")
  func missing() throws {
    try expectFailure(.missingInput, ["neatms-evaluate: ", "none.h5"], "none.h5")
    try expectFailure(.missingInput, ["none.h5"], "model.h5", "--data", "none.h5")
  }

  @Test("Foreign and truncated files")
  func foreign() throws {
    let whole = try Data(contentsOf: URL(filePath: folder.file("model.h5")))
    try whole.prefix(whole.count / 3).write(to: URL(filePath: folder.file("cut.h5")))
    try Data("a,b\n1,2\n".utf8).write(to: URL(filePath: folder.file("table.h5")))
    try expectFailure(.badData, ["cut.h5"], "cut.h5")
    try expectFailure(.badData, ["table.h5"], "table.h5")
    try expectFailure(.badData, ["batches.h5"], "batches.h5")
    try expectFailure(.badData, ["model.h5"], "model.h5", "--data", "model.h5")
  }

  @Test("A model for other matrices, another number of classes, or other classes")
  func doesNotFit() throws {
    try writeModel("wide.h5", matrixSize: 120)
    try expectFailure(.badData, ["wide.h5", "batches.h5", "120 points", "40 points"], "wide.h5")
    try writeModel("two.h5", classes: ["Bad", "Good"])
    try expectFailure(
      .badData,
      [
        "2 classes", "Bad, Good", "3 classes", "High_quality, Low_quality, Noise",
        "\n  neatms-dist train --new-classifier adapts the model",
      ], "two.h5")
    try writeModel("others.h5", classes: ["A", "B", "C"])
    try expectFailure(
      .badData,
      [
        "A, B, C", "High_quality, Low_quality, Noise",
        "prepare the data with the model's, one --merge a name (--merge High_quality=A, if",
        "train --new-classifier",
      ], "others.h5")
    try writeModel("same.h5", classes: ["High_quality", "Low_quality", "Noise"])
    #expect(try evaluate("same.h5").status == 0)
  }

  @Test("A model whose sums overflow")
  func notANumber() throws {
    try writeModel("huge.h5", weight: 1e30)
    try expectFailure(.badData, ["not a number", "weights"], "huge.h5")
  }

  @Test("A class that the data does not have, and usage errors")
  func usage() throws {
    try expectFailure(
      .usage, ["Hig_quality", "High_quality, Low_quality, Noise"], "model.h5", "--threshold",
      "Hig_quality")
    try expectFailure(.usage, ["--nonsense"], "model.h5", "--nonsense")
    try expectFailure(.usage, ["MODEL.h5"])
  }

  @Test("A report that cannot be written leaves nothing behind")
  func unwritableReport() throws {
    try expectFailure(.cannotCreate, ["none/r.html"], "model.h5", "--report", "none/r.html")
    try expectFailure(.cannotCreate, ["is a folder"], "model.h5", "--report", ".")
    let result = try evaluate("model.h5", "--report", "r.html")
    #expect(result.status == 0 && result.stderr.contains("r.html"))
    #expect(FileManager.default.fileExists(atPath: folder.file("r.html")))
  }

  @Test("A result that cannot be written is an error", arguments: ["", "--json"])
  func lostResult(_ option: String) throws {
    let program = try builtProduct("neatms-evaluate")
    let result = try run(
      "/bin/bash", ["-c", "exec '\(program)' model.h5 \(option) >/dev/full"],
      directory: folder.path)
    #expect(result.status == Failure.Code.inputOutput.rawValue)
    #expect(result.stderr.contains("standard output: the result cannot be written"))
    #expect(result.stderr.contains("No space left on device"))
  }

  @Test("A report never replaces a device or pipe")
  func reportToPipe() throws {
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    try expectFailure(.cannotCreate, ["pipe", "not a file"], "model.h5", "--report", "pipe")
  }

  @Test("Messages that cannot be written do not change the exit code")
  func lostMessage() throws {
    let program = try builtProduct("neatms-evaluate")
    let result = try run(
      "/bin/bash", ["-c", "exec '\(program)' none.h5 2>/dev/full"], directory: folder.path)
    #expect(result.status == Failure.Code.missingInput.rawValue)
  }

  @Test("--version and --help")
  func version() throws {
    #expect(try evaluate("--version").stdout == packageVersion + "\n")
    let help = try evaluate("--help")
    #expect(help.status == 0)
    for option in ["--data", "--threshold", "--report", "--json", "--quiet", "--version"] {
      #expect(help.stdout.contains(option))
    }
  }
}
