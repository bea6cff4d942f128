import Foundation
import KerasFile
import TestTools
import Testing

/// Killed at any moment and resumed, a run ends with the bits of one never stopped.
@Suite(.serialized) struct ResumeTests {
  static let common = [
    "--data", "peaks.h5", "--epochs", "8", "--learning-rate", "0.0003", "--checkpoint-every", "1",
    "--reduce-lr-patience", "2", "--reduce-lr-factor", "0.5", "--monitor", "val_accuracy",
  ]

  private func train(
    _ folder: TemporaryFolder, ranks: Int?, _ extra: [String]
  ) throws -> RunningProgram {
    var train = Train(ranks: ranks)
    train.arguments = Self.common + extra
    return try train.start(in: folder)
  }

  private func expectSameRun(_ folder: TemporaryFolder, _ a: String, _ b: String) throws {
    for file in ["model.h5", "best.h5"] {
      let first = try KerasFile.read(folder.file("\(a)/\(file)"))
      let second = try KerasFile.read(folder.file("\(b)/\(file)"))
      #expect(first == second, "\(file)")
    }
    let first = try historyWithoutTimes(folder.file("\(a)/history.csv"))
    let second = try historyWithoutTimes(folder.file("\(b)/history.csv"))
    #expect(first == second)
  }

  /// Every process whose command line names the folder, killed at once, mpirun first.
  private func killAll(naming text: String) {
    for process in processes(naming: text) { kill(process, SIGKILL) }
  }

  @Test(arguments: [nil, 2, 3])
  func killedAtAnyMomentAndResumed(ranks: Int?) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    let whole = try train(folder, ranks: ranks, ["--out", "whole"]).wait()
    #expect(whole.status == 0, "\(whole.stderr)")
    let out = folder.file("killed")
    // From before the first checkpoint to the middle of writing a later one.
    var kills = 0
    for delay in stride(from: 0.2, to: 3, by: 0.17) {
      let running = try train(folder, ranks: ranks, ["--out", out, "--resume"])
      Thread.sleep(forTimeInterval: delay)
      let wasRunning = running.isRunning
      killAll(naming: out)
      _ = try running.wait(timeout: 30)
      if wasRunning { kills += 1 } else { break }
    }
    #expect(kills > 0)
    let last = try train(folder, ranks: ranks, ["--out", out, "--resume"]).wait()
    #expect(last.status == 0, "\(last.stderr)")
    try expectSameRun(folder, "whole", "killed")
    // Three checkpoints, and nothing of what was being written when a kill came.
    let leftovers = try FileManager.default.contentsOfDirectory(atPath: out + "/checkpoints")
    #expect(leftovers.count == 3, "\(leftovers)")
  }

  /// mpirun itself ends its ranks on the first two and hands on the third.
  @Test(arguments: [(SIGTERM, nil), (SIGINT, nil), (SIGUSR1, nil), (SIGUSR1, 2)])
  func aSignalSavesTheStateAndExits75(signal: Int32, ranks: Int?) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 1600)
    let whole = try train(folder, ranks: ranks, ["--out", "whole", "--epochs", "4"]).wait()
    #expect(whole.status == 0, "\(whole.stderr)")
    let out = folder.file("stopped")
    let running = try train(
      folder, ranks: ranks, ["--out", out, "--checkpoint-every", "60m", "--epochs", "4"])
    while running.isRunning && !running.stderr.contains("epoch 1/4") {
      Thread.sleep(forTimeInterval: 0.02)
    }
    running.send(signal: signal)
    let stopped = try running.wait()
    #expect(stopped.status == 75, "\(stopped.stderr)")
    #expect(stopped.stderr.contains("--resume"), "\(stopped.stderr)")
    let rest = ["--out", out, "--resume", "--epochs", "4"]
    let resumed = try train(folder, ranks: ranks, rest).wait()
    #expect(resumed.status == 0, "\(resumed.stderr)")
    try expectSameRun(folder, "whole", "stopped")
  }

  @Test func resumesOnAnotherNumberOfRanks() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    _ = try train(folder, ranks: nil, ["--out", "whole"]).wait()
    _ = try train(folder, ranks: nil, ["--out", "start", "--epochs", "0"]).wait()
    let half = try train(folder, ranks: 3, ["--out", "moved", "--epochs", "4"]).wait()
    #expect(half.status == 0, "\(half.stderr)")
    let rest = try train(folder, ranks: 2, ["--out", "moved", "--resume", "--epochs", "+4"]).wait()
    #expect(rest.status == 0, "\(rest.stderr)")
    let start = try KerasFile.read(folder.file("start/model.h5"))
    let whole = try KerasFile.read(folder.file("whole/model.h5"))
    let moved = try KerasFile.read(folder.file("moved/model.h5"))
    let length = distance(start.weights, whole.weights)
    #expect(distance(whole.weights, moved.weights) < 1e-2 * length)
    #expect(moved.optimizerState?.step == whole.optimizerState?.step)
  }

  @Test func aDamagedCheckpointIsNamedAndTheOneBeforeItUsed() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    _ = try train(folder, ranks: nil, ["--out", "whole"]).wait()
    _ = try train(folder, ranks: nil, ["--out", "run", "--epochs", "5"]).wait()
    let newest = folder.file("run/checkpoints/epoch-000005.h5")
    // One flipped bit deep in the weights, and a truncated file.
    for damage in ["flip", "cut"] {
      var bytes = try Data(contentsOf: URL(fileURLWithPath: newest))
      if damage == "flip" { bytes[bytes.count / 2] ^= 1 } else { bytes = bytes.prefix(1_000_000) }
      try bytes.write(to: URL(fileURLWithPath: newest))
      let resumed = try train(folder, ranks: nil, ["--out", "run", "--resume", "--epochs", "6"])
        .wait()
      #expect(resumed.status == 0, "\(resumed.stderr)")
      #expect(resumed.stderr.contains("epoch-000005.h5"), "\(resumed.stderr)")
      #expect(resumed.stderr.contains("after 4 epochs"), "\(resumed.stderr)")
      try FileManager.default.removeItem(atPath: folder.file("run/checkpoints/epoch-000006.h5"))
    }
    let rest = try train(folder, ranks: nil, ["--out", "run", "--resume"]).wait()
    #expect(rest.status == 0, "\(rest.stderr)")
    try expectSameRun(folder, "whole", "run")
  }

  /// Nothing is started over where models would be lost.
  @Test func aRunWithoutAReadableCheckpointIsRefusedAndKept() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    _ = try train(folder, ranks: nil, ["--out", "run", "--epochs", "2"]).wait()
    let best = try Data(contentsOf: URL(filePath: folder.file("run/best.h5")))
    for checkpoint in ["epoch-000001.h5", "epoch-000002.h5"] {
      truncate(folder.file("run/checkpoints/\(checkpoint)"), 100_000)
    }
    let resumed = try train(folder, ranks: 2, ["--out", "run", "--resume"]).wait()
    #expect(resumed.status == 65, "\(resumed.stderr)")
    #expect(resumed.stderr.contains("cannot be resumed"), "\(resumed.stderr)")
    try FileManager.default.removeItem(atPath: folder.file("run/checkpoints"))
    let again = try train(folder, ranks: nil, ["--out", "run", "--resume"]).wait()
    #expect(again.status == 65, "\(again.stderr)")
    let kept = try Data(contentsOf: URL(filePath: folder.file("run/best.h5")))
    #expect(kept == best)
  }

  /// As when it was killed between its last checkpoint and the models.
  @Test func aFinishedRunGetsItsModelsBack() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    for epochs in ["1", "4"] {
      _ = try train(folder, ranks: nil, ["--out", "run\(epochs)", "--epochs", epochs]).wait()
    }
    var before: [KerasModel] = []
    for file in ["model.h5", "best.h5"] {
      let path = folder.file("run4/\(file)")
      before.append(try KerasFile.read(path))
      try FileManager.default.removeItem(atPath: path)
    }
    // One is missing, the other of an earlier epoch.
    try FileManager.default.copyItem(
      atPath: folder.file("run1/best.h5"), toPath: folder.file("run4/best.h5"))
    let resumed = try train(folder, ranks: nil, ["--out", "run4", "--resume", "--epochs", "4"])
      .wait()
    #expect(resumed.status == 0, "\(resumed.stderr)")
    #expect(resumed.stderr.contains("nothing left to do"), "\(resumed.stderr)")
    let model = try KerasFile.read(folder.file("run4/model.h5"))
    let best = try KerasFile.read(folder.file("run4/best.h5"))
    #expect([model, best] == before)
  }

  /// On two ranks, in its second epoch by now.
  private func trainForever(_ folder: TemporaryFolder) throws -> RunningProgram {
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    let running = try train(
      folder, ranks: nil, ["--ranks", "2", "--epochs", "100000", "--out", "run"])
    while running.isRunning && !running.stderr.contains("epoch 2/") { usleep(20_000) }
    return running
  }

  /// Ctrl-C with `--ranks`: mpirun alone would end its ranks unsaved.
  @Test func interruptingRanksSavesTheState() throws {
    let folder = try TemporaryFolder()
    let running = try trainForever(folder)
    running.send(signal: SIGINT)
    let stopped = try running.wait()
    #expect(stopped.status == 75, "\(stopped.stderr)")
    #expect(stopped.stderr.contains("--resume"), "\(stopped.stderr)")
  }

  /// Before mpirun has started its ranks, and before they listen: the run ends at its first step.
  @Test(arguments: [0, 0.02, 0.05, 0.1, 0.2])
  func anEarlyInterruptionIsHeeded(seconds: Double) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    let temporary = folder.file("temporary")
    try FileManager.default.createDirectory(
      atPath: temporary, withIntermediateDirectories: false)
    let running = try RunningProgram(
      builtProduct("neatms-dist"),
      [
        "train", "--data", "peaks.h5", "--ranks", "2", "--epochs", "100000", "--out", "run",
      ], environment: ["TMPDIR": temporary], directory: folder.path)
    func files() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: temporary)
    }
    while try running.isRunning && !files().contains(where: { $0.hasPrefix("neatms-dist-") }) {
      usleep(1000)
    }
    Thread.sleep(forTimeInterval: seconds)
    running.send(signal: SIGINT)
    let stopped = try running.wait(timeout: 60)
    #expect(stopped.status == 75, "\(stopped.stderr)")
    #expect(stopped.stderr.contains("run again with --resume"), "\(stopped.stderr)")
    #expect(try !files().contains { $0.hasPrefix("neatms-dist-") })
  }

  /// Whether the state is saved decides, not mpirun.
  @Test(arguments: [0.01, 0.1, 0.4])
  func aSecondInterruptionChangesNoExitCode(seconds: Double) throws {
    let folder = try TemporaryFolder()
    let running = try trainForever(folder)
    running.send(signal: SIGINT)
    Thread.sleep(forTimeInterval: seconds)
    running.send(signal: SIGINT)
    let stopped = try running.wait()
    let isSaved = stopped.stderr.contains("is saved")
    #expect(stopped.status == (isSaved ? 75 : 130), "\(stopped.stderr)")
  }

  @Test func otherOptionsAndOtherDataAreRefused() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    try makeDemo(folder.file("others.h5"), peaks: 300, seed: 2)
    _ = try train(folder, ranks: nil, ["--out", "run", "--epochs", "2"]).wait()
    let options = try train(
      folder, ranks: 2, ["--out", "run", "--resume", "--batch-size", "64", "--seed", "5"]
    ).wait()
    #expect(options.status == 64)
    #expect(options.stderr.contains("--batch-size was 32 and is now 64"), "\(options.stderr)")
    #expect(options.stderr.contains("--seed was 0 and is now 5"), "\(options.stderr)")
    let data = try train(
      folder, ranks: 2, ["--out", "run", "--resume", "--data", "others.h5"]
    ).wait()
    #expect(data.status == 65)
    #expect(data.stderr.contains("other data"), "\(data.stderr)")
    #expect(data.stderr.contains("others.h5"), "\(data.stderr)")
  }

  @Test func withoutACheckpointItStartsAndSaysSo() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    let result = try train(folder, ranks: nil, ["--out", "run", "--resume", "--epochs", "1"])
      .wait()
    #expect(result.status == 0)
    #expect(result.stderr.contains("starting from the beginning"), "\(result.stderr)")
  }

  /// A batch script that resumes must not train past an early stop.
  @Test func aFinishedRunIsNotTrainedFurtherUnlessAsked() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
    let stop = ["--early-stopping", "1", "--min-delta", "5", "--out", "run"]
    let first = try train(folder, ranks: 2, stop).wait()
    #expect(first.status == 0)
    #expect(first.stderr.contains("early stopping"), "\(first.stderr)")
    let again = try train(folder, ranks: 2, stop + ["--resume"]).wait()
    #expect(again.status == 0)
    #expect(again.stderr.contains("nothing left to do"), "\(again.stderr)")
    let before = try historyWithoutTimes(folder.file("run/history.csv")).count
    let more = try train(folder, ranks: 2, ["--out", "run", "--resume", "--epochs", "+1"]).wait()
    #expect(more.status == 0, "\(more.stderr)")
    let after = try historyWithoutTimes(folder.file("run/history.csv")).count
    #expect(after == before + 1)
  }
}
