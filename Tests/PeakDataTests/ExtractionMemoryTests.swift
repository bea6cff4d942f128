import Foundation
import TestTools
import Testing

/// Peaks that time has left behind take no more than their matrix.
@Suite("Memory of extraction")
struct ExtractionMemoryTests {
  /// 1,200 spectra, half a second apart, of 500 points.
  private func writeRun(to path: String) throws {
    let spectra = (0..<1200).map { scan -> MiniMzML.Spectrum in
      let points = (0..<500).map { point -> (mz: Double, intensity: Double) in
        (mz: Double(100 + point), intensity: Double((scan * 7 + point) % 101))
      }
      return MiniMzML.Spectrum(Double(scan) / 120, points)
    }
    try MiniMzML.write(spectra, to: path)
  }

  /// 1,000 peaks of 5 s, each of which holds all points of its time: 15 million with the margins, in
  /// 16 bytes each.
  private func writeTables(_ table: String, _ labels: String) throws {
    var rows = "feature_id,mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample_name\n"
    var answers = "sample,feature_id,label\n"
    for peak in 0..<1000 {
      let start = 10 + Double(peak) * 0.57
      rows += "F\(peak),350,\(start + 2.5),\(start),\(start + 5),99,601,1,1,run.mzML\n"
      answers += "run.mzML,F\(peak),\(peak % 2 == 0 ? "Good" : "Bad")\n"
    }
    try rows.write(toFile: table, atomically: true, encoding: .utf8)
    try answers.write(toFile: labels, atomically: true, encoding: .utf8)
  }

  @Test("15 million points in windows, 240 MB, do not stay") func bounded() throws {
    let folder = try TestTools.TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("raw"), withIntermediateDirectories: true)
    try writeRun(to: folder.file("raw/run.mzML"))
    try writeTables(folder.file("table.csv"), folder.file("labels.csv"))
    let found = try MzMLMemoryTests().peak([
      "prepare", "--raw", folder.file("raw"), "--features", folder.file("table.csv"),
      "--format", "xcms", "--labels", folder.file("labels.csv"), "--out", folder.file("b.h5"),
    ])
    print("prepare: 15 million points in windows took \(found.megabytes) MB")
    #expect(found.result.status == 0, "\(found.result)")
    #expect(found.megabytes > 5 && found.megabytes < 150)
  }
}
