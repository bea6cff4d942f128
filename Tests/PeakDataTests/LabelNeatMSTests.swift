import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

/// Labels from real files: people's, and what NeatMS 0.9's `export_csv` writes.
@Suite(.enabled(if: sharedData != nil, "the real experiments are not here"))
struct LabelNeatMSTests {
  /// The label file says in a column of its own which row of the table each label is for.
  @Test(arguments: ["aligned_feature_table.csv", "unaligned_feature_table.csv"])
  func peoplesLabelsFindTheirRows(_ name: String) throws {
    let path = try RealTables.path("squallms/labels.csv")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let row = try #require(lines[0].firstIndex(of: "row"))
    let label = try #require(lines[0].firstIndex(of: "label"))
    let expected = lines.dropFirst().filter { !$0[label].isEmpty }.map { "\($0[row]) \($0[label])" }
    let table = try FeatureTable.read(try RealTables.path("squallms/" + name), format: .xcms)
    let labels = try LabelTable.read(path)
    let join = try LabelJoin(labels, table, tolerance: LabelTolerance())
    #expect(join.problems.isEmpty)
    #expect(labels.unlabelled == lines.count - 1 - expected.count)
    let found = join.matched.map { "\(table.peaks[$0.peak].row - 1) \($0.label)" }
    #expect(expected.count == 335)
    #expect(found.sorted() == expected.sorted())
  }

  /// Another run of the grouping numbers features anew: every id is another feature's. The m/z and
  /// time that the labels have say so, and none is put where it does not belong.
  @Test func idsOfAnotherGroupingAreRefused() throws {
    let labels = try LabelTable.read(try RealTables.path("squallms/labels.csv"))
    var table = try FeatureTable.read(
      try RealTables.path("squallms/aligned_feature_table.csv"), format: .xcms)
    let right = try LabelJoin(labels, table).matched
    let ids = table.features.map(\.id).filter { $0 != nil }
    let shifted = Array(ids.dropFirst() + ids.prefix(1))
    var next = 0
    for index in table.features.indices where table.features[index].id != nil {
      table.features[index].id = shifted[next]
      next += 1
    }
    let join = try LabelJoin(labels, table)
    let known = Set(right.map { "\($0.peak) \($0.label)" })
    let wrong = join.matched.filter { !known.contains("\($0.peak) \($0.label)") }
    #expect(right.count == 335 && wrong.isEmpty)
    #expect(join.unmatched.count == 335 - join.matched.count && join.unmatched.count > 300)
  }

  struct Export: Sendable, CustomTestStringConvertible {
    var table: String
    var format: FeatureTableFormat
    var raw: String
    var properties: String
    var testDescription: String { "\(table), \(properties)" }
  }

  static let exports: [Export] = [
    Export(
      table: "squallms/aligned_feature_table.csv", format: .xcms, raw: "squallms/mzML",
      properties: "rt,mz,peak_mz,peak_rt,label"),
    Export(
      table: "squallms/aligned_feature_table.csv", format: .xcms, raw: "squallms/mzML",
      properties: "rt,mz,height,area,label"),
    Export(
      table: "mzmine/aligned_features.csv", format: .mzmine, raw: "mzmine/mzML",
      properties: "rt,mz,height,area,label"),
    Export(
      table: "mzmine/aligned_features.csv", format: .mzmine, raw: "mzmine/mzML",
      properties: "peak_rt,peak_mz,label"),
    Export(
      table: "mzmine/peakonly_tables", format: .peakonly, raw: "mzmine/mzML",
      properties: "rt,mz,area,label"),
  ]

  @Test(
    .enabled(if: Python.isWanted, "\(Python.skipReason)"), arguments: LabelNeatMSTests.exports)
  func labelsOfAnExportFindTheirPeaks(_ export: Export) throws {
    let folder = try TableFolder()
    let csv = folder.folder.path("export.csv")
    let path = try RealTables.path(export.table)
    try Python.run(
      .keras2, code: Self.writeExport,
      [export.format.rawValue, path, try RealTables.path(export.raw), csv, export.properties])
    let table = try FeatureTable.read(path, format: export.format)
    let labels = try LabelTable.read(csv)
    #expect(labels.entries.count == table.peaks.count)
    let join = try LabelJoin(labels, table, tolerance: LabelTolerance())
    // NeatMS exports the feature's m/z and time unless asked for the peak's: those of several peaks
    // of a feature in one sample are then the same, and nothing tells which label is whose.
    let groups = Dictionary(grouping: table.peaks) { [$0.feature, $0.sample] }.values
    let twins =
      export.properties.contains("peak_mz")
      ? 0 : groups.filter { $0.count > 1 }.map(\.count).reduce(0, +)
    let names = ["High_quality", "Low_quality", "Noise"]
    let wrong = join.matched.filter { $0.label != names[$0.peak % 3] }
    #expect(wrong.isEmpty)
    #expect(join.matched.count == table.peaks.count - twins)
    #expect(join.ambiguous.count == twins)
    #expect(join.problems.count == twins)
  }

  /// NeatMS's own export of annotations: every peak annotated, in turn with another label.
  private static let writeExport = """
    import pathlib, sys, types
    import NeatMS
    listed = pathlib.Path.iterdir
    pathlib.Path.iterdir = lambda self: iter(sorted(listed(self)))
    kind, table, raw, csv, properties = sys.argv[1:]
    experiment = NeatMS.experiment.Experiment(raw, table, kind)
    names = ["High_quality", "Low_quality", "Noise"]
    number = 0
    for collection in experiment.feature_tables[0].feature_collection_list:
        for feature in collection.feature_list:
            for peak in feature.peak_list:
                peak.valid = True
                peak.annotation = types.SimpleNamespace(label=names[number % 3])
                peak.prediction = peak.annotation
                number += 1
    experiment.export_csv(csv, use_annotation=True, export_properties=properties.split(","))
    """
}
