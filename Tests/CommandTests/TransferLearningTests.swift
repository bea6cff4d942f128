import Foundation
import TestTools
import Testing

private let wantsPython = ProcessInfo.processInfo.environment["NEATMS_SKIP_PYTHON"] != "1"

/// Real peaks of one study, a model trained on others': what the recipe is for.
/// `scripts/transfer-learning.sh` makes the long comparison, of `docs/transfer-learning.md`; this is a
/// short one.
@Suite(
  "Transfer learning on real peaks",
  .enabled(if: sharedData != nil, "the real labelled peaks are absent (set NEATMS_SHARED)"),
  .enabled(if: wantsPython, "NEATMS_SKIP_PYTHON=1: no Python to split the peaks"))
struct TransferLearningTests {
  struct Measures: Decodable { let accuracy, auc: Double }

  /// What the script says of 50 labelled peaks after at most 15 epochs, by method.
  private func compare() throws -> [String: Measures] {
    let folder = try TemporaryFolder()
    let products = URL(filePath: try builtProduct("neatms-dist")).deletingLastPathComponent()
    _ = try builtProduct("neatms-evaluate")
    let data = try #require(sharedData).appending(path: "labelled")
    let work = folder.file("work")
    let result = try run(
      packageRoot.appending(path: "scripts/transfer-learning.sh").path,
      [
        "--data", data.path, "--bin", products.path, "--work", work, "--targets", "covid_plasma",
        "--sizes", "50", "--seeds", "1", "--epochs", "15",
      ], timeout: 600)
    try #require(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains("| covid_plasma | 50 |"))
    let json = try Data(contentsOf: URL(filePath: "\(work)/covid_plasma-50-1.json"))
    return try JSONDecoder().decode([String: Measures].self, from: json)
  }

  @Test("A model of other studies' peaks beats training on 50 peaks from scratch")
  func beatsScratch() throws {
    let found = try compare()
    let scratch = try #require(found["from scratch"])
    for method in ["classifier only", "two stages"] {
      let transfer = try #require(found[method])
      #expect(transfer.accuracy > scratch.accuracy, "\(method): \(found)")
      #expect(transfer.auc > scratch.auc, "\(method): \(found)")
    }
  }
}
