import Foundation
import TestTools
import Testing

@Suite("predict on bad input") struct PredictBadInputTests {
  /// Nothing may be left where `predict` fails.
  private func expectFailure(
    _ experiment: SimulatedExperiment, _ result: RunResult, _ code: Int32, _ texts: String...,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == code, "\(result.stderr)", sourceLocation: location)
    for text in texts {
      #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: location)
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: experiment.folder.path)) ?? []
    #expect(!files.contains { $0.contains("labelled") }, sourceLocation: location)
  }

  @Test("Options that do not fit the model name both sides")
  func options() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 4)
    try experiment.writeModel(classes: ["Bad", "Good"], outputs: 2, points: 60)
    expectFailure(
      experiment, try experiment.predict("--matrix-size", "120"), 64, "--matrix-size 60",
      "--matrix-size 120")
    expectFailure(
      experiment, try experiment.predict("--label", "Great"), 64, "Great", "Bad, Good")
    expectFailure(
      experiment, try experiment.predict("--threshold", "0.3"), 64, "--label", "Bad, Good")
    expectFailure(
      experiment, try experiment.predict("--classes", "Good,Fine"), 64, "Bad, Good", "Fine, Good")
    for arguments in [
      ["--threshold", "1.5"], ["--threshold", "nan"], ["--margin", "-1"],
      ["--min-scan-num", "-1"], ["--classes", "A,,B"],
    ] {
      expectFailure(
        experiment, try experiment.predict(arguments[0], arguments[1]), 64, arguments[0])
    }
    #expect(try experiment.predict("--matrix-size", "60", "--classes", "Good,Bad").status == 0)
  }

  @Test("A model that does not name its classes needs --classes, unless they can be NeatMS's")
  func classes() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 4)
    try experiment.writeModel(classes: nil, outputs: 2)
    expectFailure(experiment, try experiment.predict(), 64, "--classes", "2")
    expectFailure(experiment, try experiment.predict("--classes", "A,B,C"), 64, "2 different names")
    expectFailure(experiment, try experiment.predict("--classes", "A,A"), 64, "2 different names")
    // The outputs are the names in NeatMS's order: sorted.
    #expect(try experiment.predict("--classes", "Good,Bad").status == 0)
    let names = try experiment.read("labelled.csv").names.suffix(2)
    #expect(names == ["probability_Bad", "probability_Good"])
  }

  @Test("Missing and wrong files are named", arguments: [nil, 2])
  func files(ranks: Int?) throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 4)
    expectFailure(experiment, try experiment.predict(ranks: ranks), 66, "model.h5")
    try experiment.write(["not a model"], to: "model.h5")
    expectFailure(experiment, try experiment.predict(ranks: ranks), 65, "model.h5")
    try experiment.writeModel(classes: nil)
    expectFailure(
      experiment, try experiment.predict("--features", "none.csv", ranks: ranks), 66, "none.csv")
    expectFailure(
      experiment, try experiment.predict("--out", "no/such/labelled.csv", ranks: ranks), 73,
      "no/such")
  }

  @Test("An output that exists is replaced only when asked to")
  func exists() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 4)
    try experiment.writeModel(classes: nil)
    try experiment.write(["mine"], to: "mine.csv")
    let refused = try experiment.predict("--out", "mine.csv")
    #expect(refused.status == 73 && refused.stderr.contains("--overwrite"))
    let kept = try String(contentsOfFile: experiment.folder.file("mine.csv"), encoding: .utf8)
    #expect(kept == "mine\n")
    #expect(try experiment.predict("--out", "mine.csv", "--overwrite").status == 0)
    #expect(try experiment.read("mine.csv").rowCount == 4)
  }

  @Test(
    "A raw file that is cut short stops the job, or is left out and counted", arguments: [1, 3])
  func badFile(ranks: Int) throws {
    let experiment = try SimulatedExperiment(samples: 3, features: 10)
    try experiment.writeModel(classes: nil)
    let path = experiment.folder.file("raw/run2.mzML")
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
    expectFailure(experiment, try experiment.predict(ranks: ranks), 65, "run2.mzML", "cut short")
    let skipped = try experiment.predict("--skip-bad-files", ranks: ranks)
    try #require(skipped.status == 0, "\(skipped.stderr)")
    #expect(skipped.stderr.contains("20 of 30 peaks labelled; left out: 10 in skipped files"))
    let table = try experiment.read("labelled.csv")
    #expect(table.rowCount == 20 && !table["sample"].contains("run2"))
    #expect(table[""] == (0..<20).map { "\($0)" })
  }

  @Test("Where no peak can be labelled the table is empty, and that is said")
  func nothing() throws {
    let experiment = try SimulatedExperiment(samples: 1, features: 4)
    try experiment.writeModel(classes: nil)
    let result = try experiment.predict("--min-scan-num", "1000", "--quiet")
    #expect(result.status == 0)
    #expect(result.stderr.contains("no peak of the feature table could be labelled"))
    #expect(try experiment.read("labelled.csv").rowCount == 0)
  }
}
