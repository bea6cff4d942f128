import Foundation
import PeakData
import PythonTesting
import TestTools
import Testing

/// `scripts/neatms-export.py` in the environment of real NeatMS 0.9.
private func export(_ arguments: String..., in folder: TestTools.TemporaryFolder) throws
  -> RunResult
{
  let python = try run(packageRoot.appending(path: "scripts/venv.sh").path, ["keras2"])
  let program = python.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
  let script = packageRoot.appending(path: "scripts/neatms-export.py").path
  return try run(program, [script] + arguments, directory: folder.path)
}

@Suite("Labels out of NeatMS's pickles", .enabled(if: Python.isWanted, "\(Python.skipReason)"))
struct NeatMSExportTests {
  /// A user's way over: an experiment annotated and saved by NeatMS, its labels exported, `prepare`d;
  /// beside it the matrices and labels of NeatMS's own `create_batches`.
  @Test(
    "prepare on exported labels makes the matrices and labels of create_batches",
    .enabled(if: sharedData != nil, "the real experiments are absent (set NEATMS_SHARED)"))
  func sameBatches() throws {
    let folder = try TestTools.TemporaryFolder()
    let data = try #require(sharedData).appending(path: "experiments/squallms")
    let inputs = ["mzML", "aligned_feature_table.csv", "labels.csv"].map {
      data.appending(path: $0).path
    }
    try Python.run(.keras2, script: "predict-neatms.py", ["train", folder.path] + inputs)
    let exported = try export("experiment.pkl", "exported.csv", in: folder)
    try #require(exported.status == 0, "\(exported.stderr)")
    #expect(
      exported.stderr.contains(
        "335 of 626 peaks are labelled: High_quality 123, Low_quality 106, Noise 106"))
    let prepared = try run(
      builtProduct("neatms-dist"),
      [
        "prepare", "--raw", inputs[0], "--features", inputs[1], "--format", "xcms", "--labels",
        folder.file("exported.csv"), "--out", folder.file("batches.h5"),
      ])
    try #require(prepared.status == 0, "\(prepared.stderr)")
    let ours = try preparedPeaks(folder.file("batches.h5"))
    let theirs = try neatMSBatches(folder)
    #expect(theirs.count == 326 && Set(ours.keys) == Set(theirs.keys))
    var largest: Float = 0
    for (key, peak) in theirs {
      let mine = try #require(ours[key])
      #expect(mine.label == peak.label, "\(key)")
      for (a, b) in zip(mine.matrix, peak.matrix) { largest = max(largest, abs(a - b)) }
    }
    #expect(largest < 1e-6)
  }

  private struct Peak {
    var label: String
    var matrix: [Float]
  }

  /// Peaks of all sets of a `batches.h5`, by sample, m/z and time.
  private func preparedPeaks(_ path: String) throws -> [String: Peak] {
    let file = try BatchesFile(path: path)
    var peaks: [String: Peak] = [:]
    for split in Split.allCases {
      let (count, columns) = (file.count(split), try file.readColumns(split))
      var x = [Float](repeating: 0, count: count * 240)
      try file.readMatrices(split, 0..<count, into: &x)
      let labels = try file.readLabels(split)
      let (samples, mz) = (try #require(columns.sample), try #require(columns.mz))
      let rt = try #require(columns.rt)
      for index in 0..<count {
        let key = "\(samples[index]) \(mz[index]) \(rt[index])"
        #expect(peaks[key] == nil)
        peaks[key] = Peak(
          label: file.header.classes[Int(labels[index])],
          matrix: Array(x[(index * 240)..<((index + 1) * 240)]))
      }
    }
    return peaks
  }

  private func neatMSBatches(_ folder: TestTools.TemporaryFolder) throws -> [String: Peak] {
    let lines = try String(contentsOfFile: folder.file("batches.txt"), encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let bytes = try Data(contentsOf: URL(filePath: folder.file("batches.bin")))
    let x = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    try #require(x.count == lines.count * 240)
    var peaks: [String: Peak] = [:]
    for (index, line) in lines.enumerated() {
      let (mz, rt) = (try #require(Double(line[2])), try #require(Double(line[3])))
      peaks["\(line[0]) \(mz) \(rt)"] = Peak(
        label: line[1], matrix: Array(x[(index * 240)..<((index + 1) * 240)]))
    }
    return peaks
  }

  @Test("What is no annotated experiment is refused, and nothing is written")
  func refused() throws {
    let folder = try TestTools.TemporaryFolder()
    let code = """
      import os, pickle, sys
      os.chdir(sys.argv[1])
      pickle.dump([1, 2], open("list.pkl", "wb"))
      open("text.pkl", "w").write("not a pickle at all")
      open("half.pkl", "wb").write(pickle.dumps(list(range(1000)))[:500])
      open("foreign.pkl", "wb").write(b"cno_such_module\\nThing\\n.")
      import NeatMS
      experiment = NeatMS.experiment.Experiment.__new__(NeatMS.experiment.Experiment)
      experiment.samples, experiment.feature_tables = [], [NeatMS.feature.FeatureTable()]
      pickle.dump(experiment, open("unlabelled.pkl", "wb"))
      experiment.feature_tables = []
      pickle.dump(experiment, open("tableless.pkl", "wb"))
      """
    try Python.run(.keras2, code: code, [folder.path])
    for (file, status, text) in [
      ("none.pkl", Int32(66), "no such file"), ("text.pkl", 65, "is not a pickle"),
      ("half.pkl", 65, "is not a pickle"), ("list.pkl", 65, "not a NeatMS experiment"),
      ("foreign.pkl", 65, "no_such_module"), ("unlabelled.pkl", 65, "no peak is annotated"),
      ("tableless.pkl", 65, "holds no feature table"),
    ] {
      let result = try export(file, "labels.csv", in: folder)
      #expect(result.status == status, "\(file): \(result.stderr)")
      #expect(
        result.stderr.hasPrefix("neatms-export: \(file): ") && result.stderr.contains(text),
        "\(file): \(result.stderr)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("labels.csv")), "\(file)")
    }
    let usage = try export("--nonsense", in: folder)
    #expect(usage.status == 64 && usage.stderr.contains("neatms-export"))
    let table = try export("unlabelled.pkl", "labels.csv", "--table", "3", in: folder)
    #expect(table.status == 64 && table.stderr.contains("--table 0 … 0, found 3"))
    let help = try export("--help", in: folder)
    #expect(help.status == 0 && help.stdout.contains("only open files that you"))
  }

  @Test("Labels that are no texts become ones; those without a character are none")
  func oddLabels() throws {
    let folder = try TestTools.TemporaryFolder()
    let code = """
      import os, pickle, sys
      from types import SimpleNamespace as Some
      os.chdir(sys.argv[1])
      collection = Some(id=1, feature_list=[])
      peaks = [
          Some(mz=100.0 + n, RT=1.0, rt_start=0.9, rt_end=1.1, mz_min=99.0, mz_max=101.0,
               sample=Some(file_name="a.mzML"), annotation=Some(label=label),
               feature=Some(feature_collection=collection))
          for n, label in enumerate(["Good", 3, "", None, " ", "Good"])
      ]
      collection.feature_list = [Some(peak_list=peaks)]
      table = Some(feature_collection_list=[collection])
      pickle.dump(Some(samples=[], feature_tables=[table]), open("odd.pkl", "wb"))
      """
    try Python.run(.keras2, code: code, [folder.path])
    let result = try export("odd.pkl", "labels.csv", in: folder)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stderr.contains("3 of 6 peaks are labelled: 3 1, Good 2"), "\(result.stderr)")
    let rows = try String(contentsOfFile: folder.file("labels.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",")[1] }
    #expect(rows == ["Good", "3", "Good"])
  }

  @Test("A Python without NeatMS is told what to do; --python changes to another")
  func pythons() throws {
    let folder = try TestTools.TemporaryFolder()
    try "not a pickle".write(toFile: folder.file("a.pkl"), atomically: true, encoding: .utf8)
    let python = try run(packageRoot.appending(path: "scripts/venv.sh").path, ["keras2"])
    let real = python.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    let script = packageRoot.appending(path: "scripts/neatms-export.py").path
    // Isolated and without its site packages: a Python that has nothing installed.
    let bare = try run(real, ["-I", "-S", script, "a.pkl", "b.csv"], directory: folder.path)
    #expect(bare.status == 66 && bare.stderr.contains("NeatMS cannot be imported"))
    #expect(bare.stderr.contains("--python"))
    let other = try run(
      real, ["-I", "-S", script, "a.pkl", "--python", real, "b.csv"], directory: folder.path)
    #expect(other.status == 65 && other.stderr.contains("a.pkl: is not a pickle"))
    let none = try run(
      real, [script, "a.pkl", "b.csv", "--python=/no/such/python"], directory: folder.path)
    #expect(none.status == 66 && none.stderr.contains("/no/such/python"))
  }
}
