import Foundation
import TestTools
import Testing

/// `docs/tutorial.md` is what really happens: its commands are run on the real experiment, and what
/// they print is compared with what it shows.
@Suite(
  "The tutorial",
  .enabled(if: sharedData != nil, "the real raw files are absent (set NEATMS_SHARED)"))
struct TutorialTests {
  /// A folder as the tutorial's reader has it.
  private func prepareFolder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let data = try #require(sharedData).appending(path: "experiments/squallms")
    for (name, source) in [
      ("mzML", "mzML"), ("features.csv", "aligned_feature_table.csv"), ("labels.csv", "labels.csv"),
    ] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(name), withDestinationPath: data.appending(path: source).path)
    }
    return folder
  }

  @Test("Every command does and prints what the tutorial shows")
  func commands() throws {
    let text = try String(
      contentsOf: packageRoot.appending(path: "docs/tutorial.md"), encoding: .utf8)
    let transcript = Transcript(markdown: text)
    try #require(transcript.steps.count >= 5)
    let folder = try prepareFolder()
    let programs = URL(filePath: try builtProduct("neatms-dist")).deletingLastPathComponent().path
    _ = try builtProduct("neatms-evaluate")
    var environment = MPIRun.environment
    environment["PATH"] =
      "\(programs):" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
    for step in transcript.steps {
      let result = try run(
        "/bin/bash", ["-c", "exec 2>&1; \(step.command)"],
        environment: environment, directory: folder.path, timeout: 600)
      #expect(result.status == 0, "\(step.command)\n\(result.stdout)")
      let printed = result.stdout.split(separator: "\n").map(String.init)
      let documented = step.output.filter { !$0.isEmpty }
      // Nothing is learned there: what it prints does not depend on the processor.
      let isExact = ["inspect", "prepare"].contains { step.command.contains("neatms-dist \($0) ") }
      let difference = Transcript.difference(
        documented: documented, printed: printed, exactly: isExact)
      #expect(difference == nil, "\(step.command)\n\(result.stdout)")
    }
  }
}

@Suite("Comparing with a documented transcript") struct TranscriptTests {
  @Test("Commands and their output are found")
  func parse() {
    let text =
      "Text\n\n    $ one \\\n      two\n    out 1\n\n    $ three\n\nMore\n\n    not a command\n"
    let steps = Transcript(markdown: text).steps
    #expect(steps.map(\.command) == ["one \\\n  two", "three"])
    #expect(steps.map(\.output) == [["out 1"], []])
  }

  @Test("Other words differ, close numbers and times do not")
  func compare() {
    func differ(_ a: String, _ b: String) -> Bool {
      Transcript.difference(documented: a, printed: b) != nil
    }
    #expect(!differ("accuracy 0.81, 30 of 33", "accuracy 0.84, 29 of 33"))
    #expect(differ("accuracy 0.81", "accuracy 0.51"))
    #expect(differ("Good 30", "Bad 30") && differ("Good 300", "Good 200"))
    #expect(!differ("epoch 7/60 loss 0.9", "epoch 7/60 loss 0.1"))
    #expect(differ("epoch 60/60 loss 0.9", "epoch 58/60 loss 0.9"))
    #expect(!differ("best epoch 54: loss 0.9", "best epoch 9: loss 0.1"))
    #expect(!differ("took 3.5 s", "took 120.9 s") && differ("one", "one two"))
    func differExactly(_ a: String, _ b: String) -> Bool {
      Transcript.difference(documented: a, printed: b, exactly: true) != nil
    }
    #expect(differExactly("30 of 33", "29 of 33") && differExactly("sum 0.81", "sum 0.8100001"))
    #expect(!differExactly("sum 98192415458.88477, 0.1 s", "sum 98192415458.88478, 0.4 s"))
  }

  @Test("A line of three dots stands for any lines")
  func skip() {
    func agree(_ documented: String..., printed: [String]) -> Bool {
      Transcript.difference(documented: documented, printed: printed) == nil
    }
    let lines = ["a", "b", "c", "d"]
    #expect(agree("a", "…", "d", printed: lines) && agree("a", "…", printed: lines))
    #expect(!agree("a", "…", "e", printed: lines) && !agree("a", "b", printed: lines))
    #expect(!agree("a", "b", "c", "d", "e", printed: lines))
  }
}
