import Foundation
import PythonTesting
import Support
import TestTools
import Testing

/// Real NeatMS 0.9 beside `predict`: the same experiments, the same models.
@Suite(
  "predict beside real NeatMS", .serialized, .enabled(if: Python.isWanted, "\(Python.skipReason)"),
  .enabled(if: sharedData != nil, "the real experiments are absent (set NEATMS_SHARED)"))
struct PredictNeatMSTests {
  private struct Case {
    var name: String
    var format: String
    var raw: String
    var table: String
    /// Peaks that NeatMS labels although their matrix is NaN.
    var flat = 0

    func arguments(_ data: URL) -> [String] {
      let (raw, table) = (data.appending(path: raw).path, data.appending(path: table).path)
      return [name, format, raw, table]
    }
  }

  private static let cases = [
    Case(
      name: "xcms-aligned", format: "xcms", raw: "squallms/mzML",
      table: "squallms/aligned_feature_table.csv"),
    Case(
      name: "xcms-unaligned", format: "xcms", raw: "squallms/mzML",
      table: "squallms/unaligned_feature_table.csv"),
    Case(
      name: "mzmine-aligned", format: "mzmine", raw: "mzmine/mzML",
      table: "mzmine/aligned_features.csv"),
    Case(
      name: "mzmine-folder", format: "mzmine", raw: "mzmine/mzML",
      table: "mzmine/unaligned_features"),
    Case(
      name: "peakonly", format: "peakonly", raw: "mzmine/mzML", table: "mzmine/peakonly_tables"),
    Case(
      name: "edge", format: "xcms", raw: "edge/mzML", table: "edge/unaligned_feature_table.csv",
      flat: 1),
  ]

  @Test("With a model that train wrote, every experiment gets NeatMS's rows, labels and columns")
  func ourModel() throws {
    let folder = try TestTools.TemporaryFolder()
    let train = try Train("--epochs", "2", "--learning-rate", "0.0003", "--out", "run").run(
      in: folder)
    try #require(train.status == 0, "\(train.stderr)")
    try compare(
      Self.cases, model: folder.file("run/best.h5"), label: "High_quality", threshold: 0.22, folder)
  }

  @Test("With a model that NeatMS and Keras trained and wrote, too")
  func kerasModel() throws {
    let folder = try TestTools.TemporaryFolder()
    let data = try #require(sharedData).appending(path: "experiments/squallms")
    try Python.run(
      .keras2, script: "predict-neatms.py",
      ["train", folder.path]
        + ["mzML", "aligned_feature_table.csv", "labels.csv"].map { data.appending(path: $0).path })
    try compare(
      [Self.cases[0]], model: folder.file("keras.h5"), label: "Noise", threshold: 0.35, folder)
  }

  private func compare(
    _ cases: [Case], model: String, label: String, threshold: Double,
    _ folder: TestTools.TemporaryFolder
  ) throws {
    let data = try #require(sharedData).appending(path: "experiments")
    try Python.run(
      .keras2, script: "predict-neatms.py",
      ["predict", folder.path, model, label, "\(threshold)"] + cases.flatMap { $0.arguments(data) })
    for item in cases {
      let inputs = item.arguments(data)
      func predict(_ out: String, ranks: Int?) throws -> RunResult {
        let arguments = [
          "predict", "--model", model, "--label", label, "--threshold", "\(threshold)", "--format",
          inputs[1], "--raw", inputs[2], "--features", inputs[3], "--out", folder.file(out),
        ]
        let program = try builtProduct("neatms-dist")
        return try ranks.map { try runMPI(ranks: $0, program, arguments) }
          ?? run(program, arguments)
      }
      let result = try predict("ours.csv", ranks: nil)
      try #require(result.status == 0, "\(result.stderr)")
      #expect(result.stderr.contains("\(item.flat) flat signal") == (item.flat > 0))
      for ranks in [2, 3] {
        try #require(try predict("ranks.csv", ranks: ranks).status == 0)
        let files = try ["ours.csv", "ranks.csv"].map {
          try Data(contentsOf: URL(filePath: folder.file($0)))
        }
        #expect(files[0] == files[1], "\(item.name), \(ranks) ranks")
        try FileManager.default.removeItem(atPath: folder.file("ranks.csv"))
      }
      try expectSame(item, folder, label, threshold)
      try FileManager.default.removeItem(atPath: folder.file("ours.csv"))
    }
  }

  private func expectSame(
    _ item: Case, _ folder: TestTools.TemporaryFolder, _ label: String, _ threshold: Double
  ) throws {
    let ours = try LabelledTable(folder.file("ours.csv"))
    let theirs = try LabelledTable(folder.file("\(item.name).csv"))
    let extra = try String(
      contentsOfFile: folder.file("\(item.name).probabilities.csv"), encoding: .utf8
    ).split(separator: "\n").map { $0.split(separator: ",").compactMap { Double($0) } }
    try #require(extra.count == theirs.rowCount)
    // NeatMS labels a peak whose matrix is NaN; here it has no matrix.
    let kept = extra.indices.filter { extra[$0][0] == 0 }
    #expect(theirs.rowCount - kept.count == item.flat)
    try #require(ours.rowCount == kept.count && ours.rowCount > 10, "\(item.name)")

    let shared = ours.names.filter { theirs.names.contains($0) }
    #expect(Array(theirs.names.prefix(shared.count)) == shared, "\(item.name): order of columns")
    for name in theirs.names where !shared.contains(name) {
      #expect(theirs[name].allSatisfy { $0.isEmpty }, "\(item.name): \(name) is missing")
    }
    for name in shared where !name.isEmpty && name != "label" {
      let different = kept.enumerated().filter {
        !isSame(ours[name][$0], theirs[name][$1])
      }
      let first = different.first.map { "\(ours[name][$0.0]), NeatMS \(theirs[name][$0.1])" }
      #expect(different.isEmpty, "\(item.name): \(name): \(different.count), \(first ?? "")")
    }
    var largest = 0.0
    for (row, their) in kept.enumerated() {
      let probabilities = ours.probabilities(row).map(\.value)
      for (a, b) in zip(probabilities, extra[their].dropFirst()) {
        largest = max(largest, abs(a - b))
      }
      #expect(ours["label"][row] == ours.expectedLabel(row, label, threshold))
      #expect(
        ours["label"][row] == theirs["label"][their] || isOnEdge(probabilities, threshold),
        "\(item.name), row \(row)")
    }
    #expect(largest < 1e-5, "\(item.name): probabilities")
    #expect(Set(ours["label"]).count > 1, "\(item.name): nothing to tell apart")
  }

  /// Equal texts, or numbers that are equal but for rounding.
  private func isSame(_ a: String, _ b: String) -> Bool {
    guard a != b else { return true }
    guard let x = Double(a), let y = Double(b) else { return false }
    return abs(x - y) <= 1e-12 * abs(y)
  }

  /// Whether rounding in another order, as other processors do, can change the label.
  private func isOnEdge(_ probabilities: [Double], _ threshold: Double) -> Bool {
    let sorted = probabilities.sorted(by: >)
    return probabilities.contains { abs($0 - threshold) < 1e-6 } || sorted[0] - sorted[1] < 1e-6
  }
}
