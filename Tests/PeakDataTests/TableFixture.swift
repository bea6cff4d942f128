import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

/// Tables and labels written for one test.
struct TableFolder {
  let folder: PythonTesting.TemporaryFolder

  init() throws { folder = try PythonTesting.TemporaryFolder() }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = folder.url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  func labels(_ text: String) throws -> LabelTable {
    try LabelTable.read(try write("labels-\(UUID().uuidString).csv", text))
  }

  func table(_ text: String, _ format: FeatureTableFormat) throws -> FeatureTable {
    try FeatureTable.read(
      try write("table-\(UUID().uuidString).csv", text), format: format)
  }
}

/// The failure that a call throws.
func failure<T>(
  _ location: SourceLocation = #_sourceLocation, of body: () throws -> T
) throws -> Failure {
  do {
    _ = try body()
  } catch let failure as Failure {
    return failure
  }
  Issue.record("nothing was thrown", sourceLocation: location)
  throw Failure(.internalError, "nothing was thrown")
}

/// The paths of the real experiments.
enum RealTables {
  static func path(_ name: String) throws -> String {
    try #require(sharedData).appending(path: "experiments/\(name)").path
  }

  static let all: [(name: String, format: FeatureTableFormat, raw: String, reference: String)] = [
    ("mzmine/aligned_features.csv", .mzmine, "mzmine/mzML", "mzmine/reference_mzmine_aligned.npz"),
    ("mzmine/unaligned_features", .mzmine, "mzmine/mzML", "mzmine/reference_mzmine_unaligned.npz"),
    ("mzmine/peakonly_tables", .peakonly, "mzmine/mzML", "mzmine/reference_peakonly.npz"),
    (
      "squallms/aligned_feature_table.csv", .xcms, "squallms/mzML", "squallms/reference_aligned.npz"
    ),
    (
      "squallms/unaligned_feature_table.csv", .xcms, "squallms/mzML",
      "squallms/reference_unaligned.npz"
    ),
    ("edge/mzmine_features.csv", .mzmine, "edge/mzML", "edge/reference_mzmine.npz"),
    ("edge/unaligned_feature_table.csv", .xcms, "edge/mzML", "edge/reference_xcms.npz"),
  ]
}

extension PhiloxSequence {
  mutating func index(below bound: Int) -> Int { Int(nextIndex(below: UInt32(bound))) }
  mutating func digits(_ count: Int) -> String {
    (0..<count).map { _ in String(index(below: 10)) }.joined()
  }
}
