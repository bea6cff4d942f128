import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

/// What `neatms-evaluate --json` prints.
private struct Printed: Decodable {
  struct Measures: Decodable {
    let count: Int
    let accuracy: Double
    let loss: Double
    let mae: Double
    let confusion: [[Int]]
  }
  struct Threshold: Decodable {
    let label: String
    let value: Double
    let auc: Double
  }
  let classes: [String]
  let test: Measures
  let validation: Measures
  let threshold: Threshold?
}

/// What `scripts/python/evaluation-keras.py` prints.
private struct Expected: Decodable {
  struct Measures: Decodable {
    let accuracy: Double
    let loss: Double
    let mae: Double
    let confusion: [[Int]]
  }
  let test: Measures
  let validation: Measures
  let thresholds: [String: Double]
  let auc: [String: Double]
}

@Suite("neatms-evaluate")
struct EvaluateToolTests {
  private static func evaluate(_ arguments: [String], in folder: URL) throws -> RunResult {
    try run(builtProduct("neatms-evaluate"), arguments, directory: folder.path)
  }

  @Test("It does not need MPI")
  func linksNoMPI() throws {
    let libraries = try run(
      findProgram("ldd", hint: "apt-get install libc-bin"), [builtProduct("neatms-evaluate")])
    #expect(libraries.status == 0 && libraries.stdout.contains("libc.so"))
    for name in ["libmpi", "libopen-rte", "libopen-pal", "libpmix"] {
      #expect(!libraries.stdout.contains(name), "\(libraries.stdout)")
    }
  }

  @Test(
    "A model that Keras trained: the numbers are those of Keras, NeatMS and scikit-learn",
    .enabled(if: Python.isWanted, "\(Python.skipReason)"), arguments: [120, 45])
  func sameAsKeras(_ matrixSize: Int) throws {
    try withTemporaryDirectory { folder in
      let set = DemoSet(seed: 11, peaks: 700, matrixSize: matrixSize)
      try BatchesWriter.write(set, to: folder.appending(path: "batches.h5").path)
      try Self.compare(folder, classes: set.header.classes)
      let page = try String(contentsOf: folder.appending(path: "r.html"), encoding: .utf8)
      #expect(page.contains("<h2>Training</h2>"), "history.csv is beside the model")
    }
  }

  @Test(
    "Real labelled peaks, converted by the script, with class names NeatMS does not know",
    .enabled(if: Python.isWanted, "\(Python.skipReason)"),
    .enabled(if: sharedData != nil, "the real labelled peaks are not here"))
  func realPeaks() throws {
    let data = try #require(sharedData).appending(path: "labelled/squallms.npz").path
    try withTemporaryDirectory { folder in
      let file = folder.appending(path: "batches.h5").path
      let said = try Python.run(
        .keras2, script: "../labelled-to-batches.py", [data, file, "--seed", "4", "--split", "0.2"])
      let batches = try BatchesFile(path: file)
      #expect(batches.header.classes == ["Bad", "Good"])
      #expect(Split.allCases.map(batches.count) == [196, 65, 65])
      #expect(said.contains("326 peaks"))
      let ids = try Split.allCases.flatMap(batches.readIDs)
      #expect(Set(ids).count == 326)
      try Self.compare(folder, classes: ["Bad", "Good"])
    }
  }

  /// Trains a model with Keras on `batches.h5` and compares every number.
  private static func compare(_ folder: URL, classes: [String]) throws {
    let model = folder.appending(path: "model.h5").path
    let said = try Python.run(
      .keras2, script: "evaluation-keras.py", [folder.appending(path: "batches.h5").path, model])
    let json = try #require(said.split(separator: "\n").last)
    let expected = try JSONDecoder().decode(Expected.self, from: Data(json.utf8))
    for label in classes {
      let result = try evaluate(
        ["model.h5", "--threshold", label, "--json", "--report", "r.html", "--quiet"], in: folder)
      #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
      let found = try JSONDecoder().decode(Printed.self, from: Data(result.stdout.utf8))
      #expect(found.classes == classes)
      for (ours, keras) in [
        (found.test, expected.test), (found.validation, expected.validation),
      ] {
        #expect(abs(ours.accuracy - keras.accuracy) < 1e-5)
        #expect(abs(ours.loss - keras.loss) < 1e-5 * max(1, keras.loss))
        #expect(abs(ours.mae - keras.mae) < 1e-5)
        #expect(ours.confusion == keras.confusion)
        #expect(ours.count == keras.confusion.flatMap { $0 }.reduce(0, +))
      }
      let threshold = try #require(found.threshold)
      #expect(threshold.label == label)
      #expect(abs(threshold.auc - (expected.auc[label] ?? -1)) < 1e-5)
      if let neatms = expected.thresholds[label] { #expect(threshold.value == neatms) }
    }
  }
}
