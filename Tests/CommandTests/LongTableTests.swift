import Foundation
import TestTools
import Testing

/// Feature tables long enough that the ranks read them in parts.
@Suite("Long feature tables over ranks") struct LongTableTests {
  private let experiment: SimulatedExperiment
  /// Rows of peaks that have no label: two megabytes.
  private let others: [String]

  init() throws {
    experiment = try SimulatedExperiment(samples: 3, features: 10)
    others = (0..<40_000).map { number in
      "500,499.9,500.1,30,29,31.\(number),1000,900,100,10,1,run1.mzML,X\(number)"
    }
  }

  /// The labelled peaks' rows in the middle of the others.
  private func write(_ others: [String]) throws {
    let rows = experiment.rows()
    var lines = [rows[0]]
    lines += others[..<30_000]
    lines += rows[1...]
    lines += others[30_000...]
    try experiment.write(lines, to: "features.csv")
  }

  private func expectSame(_ ranks: Int) throws {
    let alone = try experiment.prepare("--out", "alone.h5", "--overwrite")
    let many = try experiment.prepare("--out", "many.h5", "--overwrite", ranks: ranks)
    try #require(alone.status == 0 && many.status == 0, "\(alone.stderr)\(many.stderr)")
    let files = try ["alone.h5", "many.h5"].map {
      try Data(contentsOf: URL(filePath: experiment.folder.file($0)))
    }
    #expect(files[0] == files[1] && files[0].contains("features.csv:30001:run1.mzML".utf8))
    #expect(alone.stdout == many.stdout)
  }

  @Test("The same bytes on any number of ranks", arguments: [2, 3])
  func sameBytes(_ ranks: Int) throws {
    try write(others)
    try expectSame(ranks)
  }

  @Test("The same bytes where parts end inside quoted cells")
  func quotedNewlines() throws {
    let newlines = String(repeating: "\n", count: 30)
    try write(others.map { $0.replacing("run1.mzML,", with: "run1.mzML,\"\(newlines)") + "\"" })
    try expectSame(2)
  }

  @Test("The same words about an error, with its line", arguments: [2, 3])
  func errors(_ ranks: Int) throws {
    var others = others
    others[35_000].replace("900", with: "9oo")
    try write(others)
    let alone = try experiment.prepare()
    let many = try experiment.prepare(ranks: ranks)
    #expect(alone.status == 65 && many.status == 65)
    #expect(alone.stderr.contains("features.csv, line 35032, column \"intb\""), "\(alone.stderr)")
    #expect(many.stderr.contains(alone.stderr), "\(many.stderr)")
  }
}
