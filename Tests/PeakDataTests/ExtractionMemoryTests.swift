import Foundation
import TestTools
import Testing

/// Memory is bounded by the peaks, whatever the run.
@Suite("Memory of extraction")
struct ExtractionMemoryTests {
  struct Run: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var scans: Int
    /// After so many scans time starts again.
    var scansOfRun: Int
    /// So many scans one after another have the same time.
    var scansOfTime = 1
    var points: Int
    var peaks: Int
    /// Minutes.
    var start: @Sendable (Int) -> Double
    var end: @Sendable (Int) -> Double
    /// Around which of the points a peak lies.
    var mz: @Sendable (Int) -> ClosedRange<Int>
  }

  /// Points of a scan lie at m/z 100, 101, …; scans are half a second apart.
  static let runs = [
    Run(
      testDescription: "5 s windows that hold all points of their time, 15 million",
      scans: 1200, scansOfRun: 1200, points: 500, peaks: 1000,
      start: { Double($0) * 0.0095 + 1 / 6 },
      end: { Double($0) * 0.0095 + 0.25 }, mz: { _ in 0...499 }),
    Run(
      testDescription: "40 windows that hold all points of the run, 24 million",
      scans: 1200, scansOfRun: 1200, points: 500, peaks: 40, start: { _ in 0 }, end: { _ in 10 },
      mz: { _ in 0...499 }),
    Run(
      testDescription: "narrow windows as long as the run, 18 million points",
      scans: 1200, scansOfRun: 1200, points: 100, peaks: 15_000,
      start: { _ in 0 }, end: { _ in 10 },
      mz: { ($0 % 100)...($0 % 100) }),
    Run(
      testDescription: "all points of the run where times repeat, 24 million",
      scans: 1200, scansOfRun: 1200, scansOfTime: 2, points: 500, peaks: 40, start: { _ in 0 },
      end: { _ in 5 }, mz: { _ in 0...499 }),
    Run(
      testDescription: "100 runs joined to one, 20 million points",
      scans: 20_000, scansOfRun: 200, points: 50, peaks: 5000,
      start: { Double($0 % 100) * 0.01 }, end: { Double($0 % 100) * 0.01 + 1.0 / 9 },
      mz: { ($0 % 50)...($0 % 50) }),
  ]

  private func write(_ run: Run, to path: String) throws {
    let spectra = (0..<run.scans).map { scan -> MiniMzML.Spectrum in
      let points = (0..<run.points).map { point -> (mz: Double, intensity: Double) in
        (mz: Double(100 + point), intensity: Double((scan * 7 + point) % 101))
      }
      return MiniMzML.Spectrum(Double(scan % run.scansOfRun / run.scansOfTime) / 120, points)
    }
    try MiniMzML.write(spectra, to: path)
  }

  private func writeTables(_ run: Run, _ table: String, _ labels: String) throws {
    var rows = "feature_id,mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample_name\n"
    var answers = "sample,feature_id,label\n"
    for peak in 0..<run.peaks {
      let (start, end, mz) = (run.start(peak) * 60, run.end(peak) * 60, run.mz(peak))
      let (low, high) = (Double(mz.lowerBound) + 99.6, Double(mz.upperBound) + 100.4)
      rows += "F\(peak),\((low + high) / 2),\((start + end) / 2),\(start),\(end),\(low),\(high)"
      rows += ",1,1,run.mzML\n"
      answers += "run.mzML,F\(peak),\(peak % 2 == 0 ? "Good" : "Bad")\n"
    }
    try rows.write(toFile: table, atomically: true, encoding: .utf8)
    try answers.write(toFile: labels, atomically: true, encoding: .utf8)
  }

  @Test("240 MB and more of points in windows do not stay", arguments: runs)
  func bounded(_ run: Run) throws {
    let folder = try TestTools.TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("raw"), withIntermediateDirectories: true)
    try write(run, to: folder.file("raw/run.mzML"))
    try writeTables(run, folder.file("table.csv"), folder.file("labels.csv"))
    let found = try MzMLMemoryTests().peak([
      "prepare", "--raw", folder.file("raw"), "--features", folder.file("table.csv"),
      "--format", "xcms", "--labels", folder.file("labels.csv"), "--out", folder.file("b.h5"),
    ])
    print("prepare: \(run.testDescription) took \(found.megabytes) MB")
    #expect(found.result.status == 0, "\(found.result)")
    #expect(found.megabytes > 5 && found.megabytes < 150)
  }
}
