import Foundation
import TestTools
import Testing

private let wantsPython = ProcessInfo.processInfo.environment["NEATMS_SKIP_PYTHON"] != "1"

/// Real peaks of one study, a model trained on others'. `scripts/transfer-learning.sh` makes the long
/// comparison, of `docs/transfer-learning.md`; this repeats a piece of it, in which transfer helps.
@Suite(
  "Transfer learning on real peaks",
  .enabled(if: sharedData != nil, "the real labelled peaks are absent (set NEATMS_SHARED)"),
  .enabled(if: wantsPython, "NEATMS_SKIP_PYTHON=1: no Python to split the peaks"))
struct TransferLearningTests {
  struct Measures: Decodable { let accuracy, auc: Double }

  struct Run: Decodable {
    let target: String
    let size: Int
    let scratch, classifier, both, thresholded: Measures

    enum CodingKeys: String, CodingKey {
      case target, size
      case scratch = "from scratch"
      case classifier = "classifier only"
      case both = "two stages"
      case thresholded = "source's model, own threshold"
    }
  }

  /// What the script says of 50 labelled peaks of covid_plasma after at most 40 epochs, a seed each.
  private func compare() throws -> [Run] {
    let folder = try TemporaryFolder()
    let products = URL(filePath: try builtProduct("neatms-dist")).deletingLastPathComponent()
    _ = try builtProduct("neatms-evaluate")
    let data = try #require(sharedData).appending(path: "labelled")
    let result = try run(
      packageRoot.appending(path: "scripts/transfer-learning.sh").path,
      [
        "--data", data.path, "--bin", products.path, "--work", folder.file("work"),
        "--targets", "covid_plasma", "--sizes", "50", "--epochs", "40",
        "--json", folder.file("runs.json"),
      ], timeout: 600)
    try #require(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains("| covid_plasma | 50 |"))
    let json = try Data(contentsOf: URL(filePath: folder.file("runs.json")))
    return try JSONDecoder().decode([Run].self, from: json)
  }

  @Test("From other studies' model 50 peaks bring more than from scratch, over three seeds")
  func beatsScratch() throws {
    let runs = try compare()
    #expect(runs.count == 3)
    func mean(_ value: (Run) -> Double) -> Double {
      runs.map(value).reduce(0, +) / Double(runs.count)
    }
    // The larger class is half of the peaks.
    #expect(mean { $0.scratch.accuracy } > 0.6, "\(runs)")
    for method in [\Run.classifier, \.both] {
      #expect(mean { $0[keyPath: method].accuracy - $0.scratch.accuracy } > 0, "\(runs)")
      #expect(mean { $0[keyPath: method].auc - $0.scratch.auc } > 0, "\(runs)")
    }
    #expect(mean { $0.thresholded.accuracy } > 0.6, "\(runs)")
  }
}
