import Foundation
import KerasFile
import Model
import Support
import TestTools
import Testing

/// `train --freeze` and `--train-only`, alone and under mpirun.
@Suite(.serialized) struct FreezeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 130)
  }

  @discardableResult
  private func train(
    _ out: String, ranks: Int? = nil, epochs: Int = 2, _ more: [String]
  ) throws -> (model: KerasModel, said: String) {
    let result = try run(out, ranks: ranks, epochs: epochs, more)
    #expect(result.status == 0, "\(result.stderr)")
    return (try KerasFile.read(folder.file("\(out)/model.h5")), result.stderr)
  }

  private func run(
    _ out: String, ranks: Int? = nil, epochs: Int = 2, _ more: [String]
  ) throws -> RunResult {
    var train = Train(ranks: ranks)
    train.arguments =
      ["--data", "peaks.h5", "--learning-rate", "0.0003", "--out", out, "--epochs", "\(epochs)"]
      + more
    return try train.run(in: folder)
  }

  private func weights(_ model: KerasModel, _ layer: String) -> [Float] {
    ParameterLayout(model.architecture).tensors.filter { $0.layer == layer }.flatMap {
      model.weights[$0.range]
    }
  }

  /// Runs of gradients are reduced one by one: the sums must be the same on any number of ranks,
  /// wherever the frozen layers lie, and with and without kept features.
  @Test(arguments: ["conv-base", "2...3,dense_prediction", "dense_1", "classifier"])
  func anyNumberOfRanksTrainsAlikeAndFrozenBitsStay(list: String) throws {
    let start = try train("start", epochs: 0, []).model
    let one = try train("one", ["--model", "start/model.h5", "--freeze", list]).model
    let moved = distance(start.weights, one.weights)
    #expect(moved > 0.01)
    let frozen = one.architecture.layers.filter { !$0.trainable }.map(\.name)
    #expect(!frozen.isEmpty)
    for ranks in [2, 3] {
      let many = try train(
        "many", ranks: ranks,
        ["--model", "start/model.h5", "--freeze", list, "--overwrite"]
      ).model
      #expect(distance(one.weights, many.weights) < 1e-3 * moved, "\(ranks) ranks")
      let anew = try train(
        "anew", ranks: ranks,
        ["--model", "start/model.h5", "--freeze", list, "--overwrite", "--feature-cache", "off"]
      ).model
      #expect(many == anew, "\(ranks) ranks")
      for layer in frozen {
        #expect(weights(many, layer) == weights(start, layer), "\(layer), \(ranks) ranks")
      }
    }
  }

  @Test func aResumedRunRemembersWhatIsFrozen() throws {
    let list = ["--freeze", "conv-base", "--checkpoint-every", "1"]
    let whole = try train("whole", epochs: 4, list).model
    try train("half", epochs: 2, list)
    // The list may be left out, or say the same in other words.
    for words in [[], ["--freeze", "0...4"], ["--train-only", "classifier"]] {
      try FileManager.default.copyItem(atPath: folder.file("half"), toPath: folder.file("rest"))
      let rest = try train("rest", epochs: 4, ["--resume"] + words)
      #expect(rest.model == whole, "\(words)")
      #expect(rest.said.contains("frozen: conv2d_1, conv2d_2; 983555 of 1002883"))
      try FileManager.default.removeItem(atPath: folder.file("rest"))
    }
    for words in [["--freeze", "conv2d_1"], ["--freeze", "none"], ["--train-only", "dense_1"]] {
      let refused = try run("half", epochs: 4, ["--resume"] + words)
      #expect(refused.status == 64, "\(words)")
      #expect(refused.stderr.contains("conv2d_1+conv2d_2 was frozen"), "\(refused.stderr)")
      #expect(refused.stderr.contains(words[0]))
    }
  }

  /// As Keras does: what a model holds frozen stays so, with its optimizer's state.
  @Test func aModelsOwnFrozenLayersStayFrozen() throws {
    let first = try train("first", ["--freeze", "conv2d_1"])
    #expect(first.said.contains("Warning: without --model"))
    let second = try train("second", ["--model", "first/model.h5"])
    #expect(second.said.contains("as first/model.h5 says; --freeze none trains all"))
    #expect(!second.said.contains("optimizer starts anew"))
    #expect(weights(second.model, "conv2d_1") == weights(first.model, "conv2d_1"))
    #expect(second.model.optimizerState?.step == 2 * (first.model.optimizerState?.step ?? 0))
    let third = try train("third", ["--model", "first/model.h5", "--freeze", "none"])
    #expect(third.said.contains("optimizer starts anew"))
    let frozen = third.model.architecture.layers.filter { !$0.trainable }
    #expect(frozen.isEmpty)
    #expect(weights(third.model, "conv2d_1") != weights(first.model, "conv2d_1"))
    #expect(third.model.optimizerState?.step == first.model.optimizerState?.step)
  }

  @Test(arguments: [nil, 2])
  func listsThatCannotBeFollowedAreRefused(ranks: Int?) throws {
    for (list, parts) in [
      (["--freeze", "conv2d_9"], ["--freeze", "conv2d_9", "conv2d_1 (1)", "conv-base"]),
      (["--train-only", "9"], ["--train-only", "found 9", "dense_prediction (7)"]),
      (["--freeze", "all"], ["nothing to train", "dense_1"]),
      (["--train-only", "flatten_1"], ["nothing to train", "dense_1"]),
      (["--freeze", "1", "--train-only", "1"], ["exclude each other"]),
      (["--feature-cache", "much"], ["feature-cache"]),
    ] {
      let result = try run("none", ranks: ranks, list)
      #expect(result.status == 64, "\(list): \(result.stderr)")
      for part in parts { #expect(result.stderr.contains(part), "\(result.stderr)") }
      #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
    }
  }

  @Test func summaryShowsWhatFreezingWouldDo() throws {
    let program = try builtProduct("neatms-dist")
    let all = try TestTools.run(program, ["summary"]).stdout
    let frozen = try TestTools.run(program, ["summary", "--freeze", "0..<4"]).stdout
    #expect(all.contains("Trainable params: 1,002,883"))
    #expect(frozen.contains("Trainable params: 983,555"))
    #expect(frozen.contains("Non-trainable params: 19,328"))
    let opposite = try TestTools.run(program, ["summary", "--train-only", "4..<8"]).stdout
    #expect(opposite == frozen)
    let unknown = try TestTools.run(program, ["summary", "--freeze", "conv"])
    #expect(unknown.status == 64 && unknown.stderr.contains("conv2d_1 (1)"))
  }
}
