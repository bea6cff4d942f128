import Foundation
import KerasFile
import TestTools
import Testing

/// A rank that hangs, stood in for by one that is stopped, ends the run instead of holding it for
/// ever.
@Suite("A rank that hangs", .serialized) struct StallTests {
  private let folder: TestTools.TemporaryFolder

  init() throws {
    folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 300)
  }

  private func train(
    ranks: Int, _ out: String, _ mode: String, _ more: [String], byOption: Bool = false
  ) throws -> RunningProgram {
    var train = Train(ranks: byOption ? nil : ranks)
    train.arguments =
      [
        "--data", "peaks.h5", "--parallel", mode, "--learning-rate", "0.0003",
        "--checkpoint-every", "1", "--out", folder.file(out),
      ] + more + (byOption ? ["--ranks", "\(ranks)"] : [])
    return try train.start(in: folder)
  }

  /// The epochs of the newest checkpoint.
  private func newestCheckpoint(_ out: String) -> Int {
    let path = folder.file("\(out)/checkpoints")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { $0.hasPrefix("epoch-") ? Int($0.dropFirst(6).prefix(6)) : nil }.max()
      ?? 0
  }

  /// Waits until a run that goes on without end is in the middle of training.
  private func waitForCheckpoint(_ running: RunningProgram, _ out: String) throws {
    while running.isRunning && newestCheckpoint(out) < 2 { usleep(10_000) }
    try #require(running.isRunning, "\(running.stderr)")
  }

  @Test(
    "ends the run, named, and the run goes on from its checkpoint",
    arguments: [
      ("data", 2, 1, false), ("data", 3, 0, false), ("sharded", 2, 0, false),
      ("sharded", 3, 2, false), ("data", 2, 0, true), ("sharded", 3, 1, true),
    ] as [(String, Int, Int, Bool)])
  func stopped(mode: String, ranks: Int, rank: Int, byOption: Bool) throws {
    let running = try train(
      ranks: ranks, "run", mode, ["--epochs", "100000", "--stall-timeout", "2"],
      byOption: byOption)
    try waitForCheckpoint(running, "run")
    let found = processes(naming: folder.file("run"), rank: rank)
    let process = try #require(found.count == 1 ? found[0] : nil, "\(found)")
    let start = ContinuousClock.now
    kill(process, SIGSTOP)
    let result = try running.wait(timeout: 60)
    #expect(result.status == 70, "\(result.stderr)")
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect(seconds > 1.9 && seconds < 8)
    try expectMessage(result.stderr, rank: rank, process: process)
    #expect(processes(naming: folder.file("run")) == [])
    try expectGoesOn(mode: mode, ranks: ranks)
  }

  /// One message, of a rank that waited, with the collective and the rank that hangs.
  private func expectMessage(_ text: String, rank: Int, process: Int32) throws {
    let pattern = try Regex(
      "neatms-dist: rank ([0-2]): waited 2 s in (MPI_[A-Z][A-Za-z_ ]+|a barrier in shared memory) "
        + "for the other ranks: found rank \(rank) \\(process \(process)\\) stopped\n.*--resume")
    let messages = text.matches(of: pattern)
    #expect(messages.count == 1, "\(text)")
    #expect(messages.first?[1].substring != "\(rank)")
    #expect(text.components(separatedBy: "neatms-dist: ").count == 2, "\(text)")
  }

  /// Resumed, the run has the bits of one that never stopped.
  private func expectGoesOn(mode: String, ranks: Int) throws {
    let epochs = newestCheckpoint("run") + 2
    let resumed = try train(ranks: ranks, "run", mode, ["--resume", "--epochs", "\(epochs)"])
      .wait()
    #expect(resumed.status == 0, "\(resumed.stderr)")
    #expect(resumed.stderr.contains("after \(epochs - 2) epochs"), "\(resumed.stderr)")
    let whole = try train(ranks: ranks, "whole", mode, ["--epochs", "\(epochs)"]).wait()
    #expect(whole.status == 0, "\(whole.stderr)")
    let models = try ["run", "whole"].map { try KerasFile.read(folder.file("\($0)/model.h5")) }
    #expect(models[0] == models[1])
    let histories = try ["run", "whole"].map {
      try historyWithoutTimes(folder.file("\($0)/history.csv"))
    }
    #expect(histories[0] == histories[1])
  }

  /// As a batch system suspends it.
  @Test("A job that is stopped as a whole goes on, however long that was")
  func suspended() throws {
    let running = try train(
      ranks: 2, "run", "sharded", ["--epochs", "100000", "--stall-timeout", "1"])
    try waitForCheckpoint(running, "run")
    let ranks = (0..<2).flatMap { processes(naming: folder.file("run"), rank: $0) }
    try #require(ranks.count == 2)
    for process in ranks { kill(process, SIGSTOP) }
    Thread.sleep(forTimeInterval: 3)
    for process in ranks { kill(process, SIGCONT) }
    let before = newestCheckpoint("run")
    while running.isRunning && newestCheckpoint("run") < before + 3 { usleep(10_000) }
    #expect(running.isRunning, "\(running.stderr)")
    running.send(signal: SIGUSR1)
    #expect(try running.wait().status == 75)
  }

  @Test("0 waits for ever")
  func noLimit() throws {
    let running = try train(
      ranks: 2, "run", "data", ["--epochs", "100000", "--stall-timeout", "0"])
    try waitForCheckpoint(running, "run")
    let threads = processes(naming: folder.file("run"), rank: 0).map { process in
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count) ?? 0
    }
    let watched = try train(ranks: 2, "other", "data", ["--epochs", "100000"])
    try waitForCheckpoint(watched, "other")
    let more = processes(naming: folder.file("other"), rank: 0).map { process in
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").count) ?? 0
    }
    #expect(
      threads.count == 1 && more == [threads[0] + 1], "one thread watches: \(threads), \(more)")
    for job in [running, watched] { job.send(signal: SIGUSR1) }
    for job in [running, watched] { #expect(try job.wait().status == 75) }
  }

  @Test("Other limits are refused", arguments: ["-1", "0.5", "nan", "inf", "soon"])
  func refused(limit: String) throws {
    let result = try Train("--stall-timeout=\(limit)").run(in: folder)
    #expect(result.status == 64)
    #expect(result.stderr.contains("stall-timeout"), "\(result.stderr)")
  }
}
