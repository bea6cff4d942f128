import Foundation
import KerasFile
import Support
import TestTools
import Testing

/// What a user gets for input that cannot be used: one message, the exit code of docs/formats.md,
/// and nothing half-written.
@Suite(.serialized) struct BadInputTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 100)
  }

  /// Runs `train` and expects failure, with the message told exactly once.
  private func expectFailure(
    _ code: Failure.Code, _ parts: [String], ranks: Int? = nil, _ arguments: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var train = Train(ranks: ranks)
    train.arguments = arguments
    let result = try train.run(in: folder)
    #expect(
      result.status == code.rawValue, "\(result.stderr)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(result.stderr.contains(part), "\(result.stderr)", sourceLocation: sourceLocation)
    }
    let told = result.stderr.components(separatedBy: "neatms-dist: ").count - 1
    #expect(told == 1, "told once: \(result.stderr)", sourceLocation: sourceLocation)
    #expect(result.stdout.isEmpty, sourceLocation: sourceLocation)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  @Test(arguments: [nil, 1, 3])
  func missingData(ranks: Int?) throws {
    try expectFailure(.missingInput, ["none.h5"], ranks: ranks, ["--data", "none.h5"])
    #expect(!exists("neatms-run"))
  }

  @Test(arguments: [nil, 2])
  func truncatedAndForeignData(ranks: Int?) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("peaks.h5")))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder.file("cut.h5")))
    try Data("mz,rt\n1,2\n".utf8).write(to: URL(fileURLWithPath: folder.file("table.h5")))
    try expectFailure(.badData, ["cut.h5"], ranks: ranks, ["--data", "cut.h5"])
    try expectFailure(.badData, ["table.h5"], ranks: ranks, ["--data", "table.h5"])
    #expect(!exists("neatms-run"))
  }

  @Test(arguments: [nil, 2])
  func aModelThatCannotBeRead(ranks: Int?) throws {
    try expectFailure(
      .missingInput, ["none.h5"], ranks: ranks, ["--data", "peaks.h5", "--model", "none.h5"])
    try expectFailure(
      .badData, ["peaks.h5"], ranks: ranks, ["--data", "peaks.h5", "--model", "peaks.h5"])
    #expect(!exists("neatms-run"))
  }

  @Test func aModelForAnotherMatrixSizeOrOtherClasses() throws {
    try makeDemo(folder.file("sixty.h5"), peaks: 100, matrixSize: 60)
    let made = try Train("--data", "sixty.h5", "--epochs", "1", "--out", "sixty").run(in: folder)
    #expect(made.status == 0, "\(made.stderr)")
    try expectFailure(
      .badData, ["other matrices", "120 points", "60 points", "--matrix-size 60"],
      ["--data", "peaks.h5", "--model", "sixty/model.h5"])
    var model = try KerasFile.read(folder.file("sixty/model.h5"))
    model.classes = ["A", "B", "C"]
    try KerasFile.write(model, to: folder.file("abc.h5"))
    try expectFailure(
      .badData, ["classes", "A, B, C", "High_quality"],
      ["--data", "sixty.h5", "--model", "abc.h5"])
  }

  @Test func aRunFolderThatHoldsARunIsRefusedAndKept() throws {
    let arguments = ["--data", "peaks.h5", "--epochs", "1", "--out", "run"]
    var train = Train()
    train.arguments = arguments
    let ran = try train.run(in: folder)
    #expect(ran.status == 0, "\(ran.stderr)")
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("run/model.h5")))
    try expectFailure(.cannotCreate, ["--resume", "--overwrite"], ranks: 2, arguments)
    // Not even --overwrite destroys a run before the new one can start.
    try expectFailure(
      .missingInput, ["none.h5"], ["--data", "none.h5", "--out", "run", "--overwrite"])
    let kept = try Data(contentsOf: URL(fileURLWithPath: folder.file("run/model.h5")))
    #expect(before == kept)
    train.arguments = arguments + ["--overwrite", "--seed", "3"]
    let again = try train.run(in: folder)
    #expect(again.status == 0, "\(again.stderr)")
    let replaced = try Data(contentsOf: URL(fileURLWithPath: folder.file("run/model.h5")))
    #expect(before != replaced)
  }

  @Test func anUnwritableOutput() throws {
    try Data().write(to: URL(fileURLWithPath: folder.file("file")))
    try expectFailure(
      .cannotCreate, ["file/run"], ranks: 2,
      ["--data", "peaks.h5", "--epochs", "1", "--out", "file/run"])
    try expectFailure(
      .cannotCreate, ["/proc/run"], ["--data", "peaks.h5", "--epochs", "1", "--out", "/proc/run"])
  }

  /// Momentum SGD at an absurd rate leaves the finite numbers within an epoch.
  @Test(arguments: [nil, 2, 3])
  func aLossThatIsNotANumber(ranks: Int?) throws {
    let sane = [
      "--data", "peaks.h5", "--optimizer", "sgd", "--out", "run", "--learning-rate", "1e30",
    ]
    try expectFailure(
      .badData, ["no longer a finite number", "epoch 1, step"], ranks: ranks, sane)
    // The model of the last good epoch, here of the start, is kept, and it is whole.
    let kept = try KerasFile.read(folder.file("run/model.h5"))
    let finite = kept.weights.allSatisfy { $0.isFinite }
    #expect(finite)
    #expect(kept.optimizerState?.step == 0)
  }

  @Test(arguments: [
    (["--learning-rate", "-1"], "--learning-rate"), (["--batch-size", "0"], "--batch-size"),
    (["--momentum", "0.9"], "--momentum"), (["--dropout", "1"], "--dropout"),
    (["--epochs", "many"], "--epochs"), (["--checkpoint-every", "0"], "--checkpoint-every"),
    (["--class-weight", "Peak=2"], "High_quality"),
    (["--class-weight", "Noise=-2"], "--class-weight"), (["--class-weight", ""], "--class-weight"),
    (["--min-delta", "nan"], "--min-delta"), (["--out", ""], "--out"),
    (["--resume", "--fresh-optimizer"], "--fresh-optimizer"),
    (["--overwrite", "--resume"], "--overwrite"), (["--nonsense"], "nonsense"),
  ])
  func optionsThatMakeNoSense(arguments: [String], word: String) throws {
    for ranks in [nil, 2] {
      var train = Train(ranks: ranks)
      train.arguments = ["--data", "peaks.h5"] + arguments
      let result = try train.run(in: folder)
      #expect(result.status == 64, "\(arguments): \(result.stderr)")
      #expect(result.stderr.contains(word), "\(result.stderr)")
      #expect(!exists("neatms-run"))
    }
  }

  @Test func mpirunMissing() throws {
    let result = try run(
      builtProduct("neatms-dist"), ["train", "--ranks", "2"], environment: ["PATH": "/nowhere"],
      directory: folder.path)
    #expect(result.status == 66)
    #expect(result.stderr.contains("apt-get install openmpi-bin"), "\(result.stderr)")
  }

  /// More ranks than cores, as root, without any variable set: `--ranks` takes care of it.
  @Test func ranksOverTheSlotsAndAsRoot() throws {
    let arguments = ["train", "--ranks", "5", "--data", "peaks.h5", "--epochs", "1"]
    let clean = [
      "/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=\(folder.path)",
      try builtProduct("neatms-dist"),
    ]
    let result = try run(clean[0], Array(clean.dropFirst()) + arguments, directory: folder.path)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("5 ranks"), "\(result.stderr)")
    #expect(!result.stderr.contains("WARNING"), "\(result.stderr)")
  }

  /// One rank is killed: the others do not wait for it.
  @Test func aRankThatDiesEndsTheJobWithinTwoSeconds() throws {
    let running = try Train(
      ranks: 3, "--data", "peaks.h5", "--epochs", "100000", "--out", folder.file("dies")
    ).start(in: folder)
    while running.isRunning && !running.stderr.contains("epoch 2/") { usleep(20_000) }
    let ranks = try processes(naming: folder.file("dies")).filter {
      $0 != running.processIdentifier
    }
    #expect(ranks.count == 3)
    let start = ContinuousClock.now
    kill(try #require(ranks.last), SIGKILL)
    let ended = try running.wait(timeout: 30)
    #expect(ContinuousClock.now - start < .seconds(2))
    #expect(ended.status != 0)
    #expect(ended.stderr.contains("exited on signal 9"), "\(ended.stderr)")
  }

  /// The same with `--ranks`, where the message is ours.
  @Test func aRankKilledUnderRanksIsTold() throws {
    let out = folder.file("dies")
    let running = try RunningProgram(
      builtProduct("neatms-dist"),
      ["train", "--ranks", "2", "--data", "peaks.h5", "--epochs", "100000", "--out", out],
      directory: folder.path)
    while running.isRunning && !running.stderr.contains("epoch 2/") { usleep(20_000) }
    kill(try #require(try processes(naming: out).last), SIGKILL)
    let ended = try running.wait(timeout: 30)
    #expect(ended.status == 70)
    #expect(ended.stderr.contains("ended by signal 9"), "\(ended.stderr)")
    #expect(ended.stderr.contains("--resume"), "\(ended.stderr)")
  }

  /// A step that ruins the weights in the last step of an epoch shows in the test set only.
  @Test func aModelThatDivergesInTheLastStepIsNotKept() throws {
    try expectFailure(
      .badData, ["no longer a finite number"],
      [
        "--data", "peaks.h5", "--epochs", "5", "--batch-size", "600", "--optimizer", "sgd",
        "--learning-rate", "1e20", "--checkpoint-every", "1", "--out", "ruined",
      ])
    let kept = try KerasFile.read(folder.file("ruined/model.h5"))
    #expect(kept.weights.map(abs).max() ?? .infinity < 1e3)
  }

  @Test func twoRunsDoNotShareAFolder() throws {
    let first = try Train("--data", "peaks.h5", "--epochs", "100000", "--out", "shared")
      .start(in: folder)
    while first.isRunning && !first.stderr.contains("epoch 2/") { usleep(20_000) }
    try expectFailure(
      .cannotCreate, ["another run"], ["--data", "peaks.h5", "--out", "shared", "--overwrite"])
    first.send(signal: SIGTERM)
    let ended = try first.wait(timeout: 30)
    #expect(ended.status == 75)
  }

  private func processes(naming text: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
      let line = FileManager.default.contents(atPath: "/proc/\($0)/cmdline") ?? Data()
      return String(decoding: line, as: UTF8.self).contains(text)
    }
  }
}
