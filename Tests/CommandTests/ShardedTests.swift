import Foundation
import KerasFile
import PythonTesting
import TestTools
import Testing

/// `train --parallel sharded`: the same bits on any number of ranks.
@Suite(.serialized) struct ShardedTests {
  let folder: TestTools.TemporaryFolder

  /// 88 peaks to train on: a last batch of 24.
  init() throws {
    folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 110)
  }

  private func train(
    _ out: String, ranks: Int?, _ more: [String], environment: [String: String] = [:]
  ) throws {
    var train = Train(ranks: ranks)
    train.environment = environment
    train.arguments =
      ["--data", "peaks.h5", "--learning-rate", "0.0003", "--seed", "7", "--out", out] + more
    let result = try train.run(in: folder)
    #expect(result.status == 0, "\(result.stderr)")
  }

  /// The hash of every number in the model file: weights, moments, step count, learning rate.
  private func hash(_ out: String, _ file: String = "model.h5") throws -> Int {
    let model = try KerasFile.read(folder.file("\(out)/\(file)"))
    var hasher = Hasher()
    hasher.combine(model.weights.map(\.bitPattern))
    hasher.combine(model.optimizerState?.step)
    for slot in model.optimizerState?.slots ?? [] { hasher.combine(slot.map(\.bitPattern)) }
    hasher.combine(model.optimizer?.learningRate)
    return hasher.finalize()
  }

  /// What is trained, in how large batches; shuffling and dropout are on.
  static let cases: [[String]] = [
    [], ["--batch-size", "5"], ["--batch-size", "70", "--class-weight", "balanced"],
    ["--freeze", "conv-base"], ["--freeze", "conv-base", "--feature-cache", "off"],
    ["--freeze", "dense_1"], ["--freeze", "classifier"],
    ["--freeze", "conv2d_1,dense_prediction", "--optimizer", "sgd", "--momentum", "0.9"],
    [
      "--epochs", "5", "--reduce-lr-patience", "1", "--early-stopping", "2", "--monitor",
      "val_accuracy",
    ],
    ["--wire", "bf16"],
    ["--wire", "bf16", "--freeze", "conv-base"],
  ]

  @Test(arguments: cases)
  func everyNumberOfRanksGivesTheSameBits(options: [String]) throws {
    try train("start", ranks: nil, ["--epochs", "0"])
    let more = ["--parallel", "sharded", "--epochs", "2", "--model", "start/model.h5"] + options
    try train("n1", ranks: 1, more)
    let expected = [try hash("n1"), try hash("n1", "best.h5")]
    #expect(try hash("start") != expected[0])
    let history = try historyWithoutTimes(folder.file("n1/history.csv"))
    for ranks in [2, 3, 5, 8] {
      try train("n\(ranks)", ranks: ranks, more)
      #expect(
        try [hash("n\(ranks)"), hash("n\(ranks)", "best.h5")] == expected, "\(ranks) ranks")
      #expect(try historyWithoutTimes(folder.file("n\(ranks)/history.csv")) == history)
    }
  }

  /// As between hosts.
  @Test(arguments: [
    [], ["--batch-size", "5"], ["--freeze", "conv-base", "--feature-cache", "off"],
    ["--wire", "bf16", "--batch-size", "5"],
  ])
  func messagesGiveTheBitsOfSharedMemory(options: [String]) throws {
    try train("start", ranks: nil, ["--epochs", "0"])
    let more = ["--parallel", "sharded", "--epochs", "2", "--model", "start/model.h5"] + options
    try train("n1", ranks: 1, more)
    for ranks in [1, 2, 3, 5] {
      try train(
        "n\(ranks)m", ranks: ranks, more, environment: ["NEATMS_EXCHANGE_MESSAGES": "1"])
      #expect(try hash("n\(ranks)m") == hash("n1"), "\(ranks) ranks")
    }
  }

  /// Peaks of few points are not cut into strips.
  @Test(arguments: [["--wire", "fp32"], ["--wire", "bf16", "--batch-size", "5"]])
  func peaksOfFewPointsGiveTheSameBitsToo(options: [String]) throws {
    try makeDemo(folder.file("short.h5"), peaks: 110, matrixSize: 20)
    let more = ["--parallel", "sharded", "--epochs", "2", "--data", "short.h5"] + options
    try train("n1", ranks: 1, more)
    for ranks in [2, 3, 8] {
      for messages in ["0", "1"] {
        try train(
          "n\(ranks)", ranks: ranks, more + ["--overwrite"],
          environment: ["NEATMS_EXCHANGE_MESSAGES": messages])
        #expect(try hash("n\(ranks)") == hash("n1"), "\(ranks) ranks, by messages: \(messages)")
      }
    }
  }

  @Test func moreRanksThanEightNeedMoreLanes() throws {
    let more = ["--parallel", "sharded", "--epochs", "2", "--lanes", "16"]
    try train("n1", ranks: 1, more)
    try train("n9", ranks: 9, more)
    #expect(try hash("n1") == hash("n9"))
    try train("eight", ranks: 1, ["--parallel", "sharded", "--epochs", "2"])
    #expect(try hash("n1") != hash("eight"))
    let refused = try Train("--parallel", "sharded", "--lanes", "12").run(in: folder)
    #expect(refused.status == 64 && refused.stderr.contains("power of two"), "\(refused.stderr)")
  }

  /// What is asked for and cannot be had is said.
  @Test func sayWhatDoesNothing() throws {
    let one = try Train(
      "--data", "peaks.h5", "--out", "one", "--epochs", "1", "--wire", "bf16", "--lanes", "4"
    ).run(in: folder)
    #expect(one.status == 0 && one.stderr.contains("--wire bf16 does nothing"), "\(one.stderr)")
    #expect(one.stderr.contains("--lanes 4 does nothing"), "\(one.stderr)")
    let raised = try Train(
      ranks: 3, "--data", "peaks.h5", "--out", "raised", "--epochs", "1", "--parallel", "sharded",
      "--lanes", "2"
    ).run(in: folder)
    #expect(
      raised.status == 0 && raised.stderr.contains("--lanes 2 is raised to 4"), "\(raised.stderr)")
  }

  @Test func saysWhereRoundingSavesNothing() throws {
    for (ranks, says) in [(1, true), (2, true), (4, false)] {
      let result = try Train(
        ranks: ranks, "--data", "peaks.h5", "--out", "n\(ranks)", "--epochs", "1", "--parallel",
        "sharded", "--wire", "bf16"
      ).run(in: folder)
      #expect(result.status == 0)
      #expect(result.stderr.contains("--wire bf16 saves nothing") == says, "\(result.stderr)")
    }
  }

  /// Buffers are as large as a step can be, not as the batch that was asked for.
  @Test(arguments: ["data", "sharded"])
  func aBatchLargerThanTheSetTakesNoMoreMemory(mode: String) throws {
    let tool = try builtProduct("neatms-dist")
    let result = try TestTools.run(
      "/bin/bash",
      [
        "-c",
        "ulimit -v 6000000; exec '\(tool)' train --data peaks.h5 --out large --epochs 1 "
          + "--batch-size 1048576 --parallel \(mode)",
      ], environment: MPIRun.environment, directory: folder.path)
    #expect(result.status == 0, "\(result.stderr)")
  }

  /// Stopped after two epochs on three ranks and resumed on two, as never having stopped on one.
  @Test func resumesOnAnotherNumberOfRanksWithTheSameBits() throws {
    let sharded = ["--parallel", "sharded", "--checkpoint-every", "1", "--epochs"]
    try train("whole", ranks: nil, sharded + ["4"])
    try train("moved", ranks: 3, sharded + ["2"])
    try train("moved", ranks: 2, ["--resume", "--epochs", "4"])
    #expect(try hash("whole") == hash("moved"))
    #expect(try hash("whole", "best.h5") == hash("moved", "best.h5"))
    #expect(
      try historyWithoutTimes(folder.file("whole/history.csv"))
        == historyWithoutTimes(folder.file("moved/history.csv")))
  }

  /// Two lanes were asked for, and raised to 16 on nine ranks: two ranks go on with these.
  @Test func raisedLanesStay() throws {
    try train("run", ranks: 9, ["--parallel", "sharded", "--lanes", "2", "--epochs", "1"])
    try FileManager.default.copyItem(atPath: folder.file("run"), toPath: folder.file("two"))
    try train("run", ranks: 9, ["--resume", "--epochs", "2"])
    try train("two", ranks: 2, ["--resume", "--epochs", "2"])
    #expect(try hash("run") == hash("two"))
  }

  /// Nothing is said of how ranks share the work: neither nine ranks' 16 lanes nor the mode change with the
  /// number of ranks.
  @Test func goesOnInTheSameWay() throws {
    try train("nine", ranks: 9, ["--parallel", "sharded", "--epochs", "2"])
    try train("auto", ranks: 2, ["--epochs", "2"])
    for out in ["nine", "auto"] {
      try FileManager.default.copyItem(
        atPath: folder.file(out), toPath: folder.file("\(out)-alone"))
      try train("\(out)-alone", ranks: nil, ["--resume", "--epochs", "4"])
    }
    try train("nine", ranks: 9, ["--resume", "--epochs", "4"])
    try train("auto", ranks: 2, ["--resume", "--epochs", "4"])
    #expect(try hash("nine") == hash("nine-alone"))
    #expect(try hash("auto") == hash("auto-alone"))
    #expect(try hash("nine") != hash("auto"))
  }

  @Test func saysWhatMakesAResumedRunDiffer() throws {
    func resumed(_ more: String...) throws -> String {
      var train = Train(ranks: 2, "--data", "peaks.h5", "--out", "run", "--resume")
      train.arguments += more
      let result = try train.run(in: folder)
      #expect(result.status == 0, "\(result.stderr)")
      return result.stderr
    }
    try train("run", ranks: 2, ["--parallel", "sharded", "--epochs", "1"])
    #expect(try !resumed("--epochs", "2").contains("another way"))
    #expect(
      try resumed("--epochs", "3", "--lanes", "4").contains(
        "(before: sharded, 8 lanes; now: sharded, 4 lanes)"))
    #expect(
      try resumed("--epochs", "4", "--wire", "bf16").contains(
        "(before: sharded, 4 lanes; now: sharded, 4 lanes, --wire bf16)"))
    #expect(
      try resumed("--epochs", "5", "--parallel", "data", "--wire", "fp32").contains(
        "(before: sharded, 4 lanes, --wire bf16; now: data)"))
    #expect(try !resumed("--epochs", "6").contains("another way"))
  }

  /// Ctrl-C in an epoch, when every rank has trained its rows further: the last epoch's end is saved, moments and
  /// all, and so is the best epoch.
  @Test func anInterruptedRunsStateIsWhole() throws {
    let more = ["--parallel", "sharded", "--epochs"]
    var running = Train(
      ranks: nil, "--data", "peaks.h5", "--learning-rate", "0.0003", "--seed", "7", "--out", "cut",
      "--ranks", "2")
    running.arguments += more + ["100000"]
    let started = try running.start(in: folder)
    while started.isRunning && !started.stderr.contains("epoch 3/") { usleep(5_000) }
    started.send(signal: SIGINT)
    #expect(try started.wait().status == 75)
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("cut/checkpoints"))
    let newest = try #require(files.sorted().last)
    let epochs = try #require(Int(newest.dropFirst(6).dropLast(3)))
    try train("whole", ranks: 1, more + ["\(epochs)"])
    for file in ["model.h5", "best.h5"] { #expect(try hash("cut", file) == hash("whole", file)) }
  }

  /// The other mode differs by rounding alone, and a run may go on in it.
  @Test(arguments: [1, 2])
  func dataParallelTrainingAgrees(ranks: Int) throws {
    try train("start", ranks: nil, ["--epochs", "0"])
    try train("data", ranks: ranks, ["--parallel", "data", "--epochs", "3"])
    try train("sharded", ranks: ranks, ["--parallel", "sharded", "--epochs", "2"])
    try train("sharded", ranks: ranks, ["--resume", "--parallel", "data", "--epochs", "3"])
    let models = try ["start", "data", "sharded"].map {
      try KerasFile.read(folder.file("\($0)/model.h5")).weights
    }
    let moved = distance(models[0], models[1])
    #expect(moved > 0.05)
    #expect(distance(models[1], models[2]) < 1e-3 * moved)
  }

  @Test func runJSONSaysWhatAutoChose() throws {
    func session(_ out: String) throws -> [String: Any] {
      let data = try Data(contentsOf: URL(filePath: folder.file("\(out)/run.json")))
      let record = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      return try #require((record["sessions"] as? [[String: Any]])?.last)
    }
    try makeDemo(folder.file("large.h5"), peaks: 2000)
    for (out, ranks, batch, choice) in [
      ("one", 1, "32", "data"), ("two", 2, "32", "sharded, 8 lanes"),
      ("more", 2, "512", "sharded, 8 lanes"), ("whole", 3, "1024", "sharded, 8 lanes"),
      ("large", 3, "1600", "data"), ("frozen", 3, "1600", "sharded, 8 lanes"),
      ("anew", 3, "1600", "data"),
    ] {
      // No step is larger than the training set, and what is kept of a frozen conv base is not sent.
      let isLarge = ["large", "frozen", "anew"].contains(out)
      try train(
        out, ranks: ranks,
        ["--epochs", "1", "--batch-size", batch]
          + (isLarge ? ["--data", "large.h5"] : [])
          + (["frozen", "anew"].contains(out)
            ? ["--model", "one/model.h5", "--freeze", "conv-base"] : [])
          + (out == "anew" ? ["--feature-cache", "off"] : []))
      let found = try session(out)
      #expect(found["parallel"] as? String == choice)
      let why = try #require(found["parallelReason"] as? String)
      #expect(why.contains(ranks == 1 ? "one rank" : "MB"), "\(why)")
    }
  }

  /// From a model that Keras made, trained and saved, two epochs here and there.
  @Test(
    .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"),
    arguments: ["make", "whole"], [nil, 2])
  func trainsAsKeras(command: String, ranks: Int?) throws {
    let files = ["peaks.h5", "start.h5", "end.h5", "end.bin"].map(folder.file)
    struct Made: Decodable { let loss: [Double] }
    let printed = try Python.run(.keras2, script: "freeze-keras.py", [command] + files)
    let line = try #require(printed.split(separator: "\n").last)
    let made = try JSONDecoder().decode(Made.self, from: Data(line.utf8))
    try train(
      "ours", ranks: ranks,
      ["--model", "start.h5", "--epochs", "2", "--no-shuffle", "--parallel", "sharded"])
    let models = try ["start.h5", "end.h5", "ours/model.h5"].map {
      try KerasFile.read(folder.file($0)).weights
    }
    let moved = distance(models[0], models[1])
    #expect(moved > 0.05)
    #expect(distance(models[1], models[2]) < 1e-3 * moved)
    let losses = try historyWithoutTimes(folder.file("ours/history.csv")).dropFirst().map {
      Double($0.split(separator: ",")[2]) ?? .nan
    }
    #expect(losses.count == 2 && made.loss.count == 2)
    for (loss, expected) in zip(losses, made.loss) { #expect(abs(loss - expected) < 1e-4) }
  }

  /// With biases of zero, relu's gate at points whose inputs are all zero is shut in Keras: a rounding
  /// error there would show in the bias of the second convolution.
  @Test(
    .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"),
    arguments: ["data", "sharded"], [nil, 2])
  func firstStepIsKerass(mode: String, ranks: Int?) throws {
    let files = ["peaks.h5", "start.h5", "end.h5"].map(folder.file)
    _ = try Python.run(.keras2, script: "freeze-keras.py", ["first"] + files)
    try train(
      "ours", ranks: ranks,
      [
        "--model", "start.h5", "--epochs", "1", "--no-shuffle", "--parallel", mode, "--optimizer",
        "sgd", "--learning-rate", "1", "--batch-size", "88", "--dropout", "0",
      ])
    let models = try ["start.h5", "end.h5", "ours/model.h5"].map {
      try KerasFile.read(folder.file($0)).weights
    }
    var first = 0
    for count in [800, 32, 18_432, 64, 983_040, 128, 384, 3] {
      let parts = models.map { Array($0[first..<(first + count)]) }
      let moved = distance(parts[0], parts[1])
      #expect(moved > 1e-3)
      #expect(distance(parts[1], parts[2]) < 2e-5 * moved, "weights from \(first) on")
      first += count
    }
    #expect(models.allSatisfy { $0.count == first })
  }
}
