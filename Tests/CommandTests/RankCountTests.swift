import Foundation
import KerasFile
import TestTools
import Testing

/// The number of ranks changes nothing but speed.
@Suite(.serialized) struct RankCountTests {
  /// Weights after three epochs with dropout and shuffling on; 70 peaks make a last batch of 24
  /// (or, at batch size 5, a shard of 0 peaks for some of 8 ranks).
  private func train(
    _ folder: TemporaryFolder, ranks: Int, out: String, batch: Int, epochs: Int = 3
  ) throws -> KerasModel {
    let result = try Train(
      ranks: ranks, "--data", "peaks.h5", "--epochs", "\(epochs)", "--batch-size", "\(batch)",
      "--learning-rate", "0.0003", "--seed", "7", "--out", out
    ).run(in: folder)
    #expect(result.status == 0, "\(result.stderr)")
    return try KerasFile.read(folder.file("\(out)/model.h5"))
  }

  @Test(arguments: [32, 5])
  func weightsAgreeOnAnyNumberOfRanks(batch: Int) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 110)
    let start = try train(folder, ranks: 1, out: "start", batch: batch, epochs: 0)
    let one = try train(folder, ranks: 1, out: "n1", batch: batch)
    let moved = distance(start.weights, one.weights)
    #expect(moved > 0.05)
    for ranks in [2, 3, 4, 8] {
      let many = try train(folder, ranks: ranks, out: "n\(ranks)", batch: batch)
      #expect(distance(one.weights, many.weights) < 1e-3 * moved, "\(ranks) ranks")
      #expect(many.optimizerState?.step == one.optimizerState?.step)
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func theSameNumberOfRanksGivesTheSameBits(ranks: Int) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 110)
    let first = try train(folder, ranks: ranks, out: "a", batch: 32)
    let second = try train(folder, ranks: ranks, out: "b", batch: 32)
    #expect(first == second)
    let firstHistory = try historyWithoutTimes(folder.file("a/history.csv"))
    let secondHistory = try historyWithoutTimes(folder.file("b/history.csv"))
    #expect(firstHistory == secondHistory)
  }

  /// Without mpirun nothing else is computed than with `mpirun -n 1`.
  @Test func aloneIsOneRank() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 110)
    let mpi = try train(folder, ranks: 1, out: "mpi", batch: 32)
    let arguments = [
      "train", "--data", "peaks.h5", "--epochs", "3", "--learning-rate", "0.0003", "--seed", "7",
      "--out", "alone",
    ]
    let alone = try run(builtProduct("neatms-dist"), arguments, directory: folder.path)
    #expect(alone.status == 0, "\(alone.stderr)")
    let model = try KerasFile.read(folder.file("alone/model.h5"))
    #expect(model.weights == mpi.weights)
  }

  /// The last epoch's test-set numbers are those of `neatms-evaluate` on the model of the end: every
  /// peak counted once, however uneven the shards.
  @Test(arguments: [1, 3, 8])
  func theTestSetIsEvaluatedExactly(ranks: Int) throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 110)
    _ = try train(folder, ranks: ranks, out: "out", batch: 32)
    let row = try #require(historyWithoutTimes(folder.file("out/history.csv")).last)
    let columns = row.split(separator: ",").compactMap { Double($0) }
    let evaluated = try run(
      builtProduct("neatms-evaluate"),
      [folder.file("out/model.h5"), "--data", folder.file("peaks.h5"), "--json"])
    struct Report: Decodable {
      struct Set: Decodable {
        let count: Int
        let accuracy: Double
        let loss: Double
        let mae: Double
      }
      let test: Set
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(evaluated.stdout.utf8))
    #expect(report.test.count == 11)
    #expect(abs(columns[4] - report.test.accuracy) < 1e-9)
    #expect(abs(columns[5] - report.test.loss) < 1e-5)
    #expect(abs(columns[6] - report.test.mae) < 1e-5)
  }
}
