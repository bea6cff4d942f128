import Foundation
import PeakData
import PythonTesting
import TestTools
import Testing

/// A table with a header, its columns by name.
struct ManifestRow: Sendable, CustomTestStringConvertible {
  var cells: [String: String]
  subscript(_ column: String) -> String { cells[column] ?? "" }
  func number(_ column: String) -> Double { Double(self[column]) ?? 0 }
  var testDescription: String { self["file"] }

  /// The rows of `folder/MANIFEST.tsv` of the shared data; none without it.
  static func all(_ folder: String) -> [ManifestRow] {
    guard let data = sharedData,
      let text = try? String(
        contentsOf: data.appending(path: "\(folder)/MANIFEST.tsv"), encoding: .utf8)
    else { return [] }
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    guard let header = lines.first else { return [] }
    return lines.dropFirst().map { line in
      ManifestRow(cells: Dictionary(zip(header, line)) { first, _ in first })
    }
  }
}

private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * abs(b) }

@Suite(
  "Real mzML",
  .enabled(if: sharedData != nil, "the shared data is not there: no real file was read"))
struct MzMLRealFilesTests {
  /// Sums as NumPy makes them: by spectrum.
  func sums(_ file: ReadFile) -> (mz: Double, intensity: Double) {
    let mz = file.spectra.map { $0.mz.reduce(0, +) }.reduce(0, +)
    return (mz, file.spectra.map { $0.intensities.reduce(0, +) }.reduce(0, +))
  }

  func path(_ row: ManifestRow, _ folder: String) throws -> String {
    try #require(sharedData).appending(path: "\(folder)/\(row["file"])").path
  }

  /// What NeatMS's reader gets; where it crashes, what another library finds.
  @Test("Spectra, points, sums and times", arguments: ManifestRow.all("mzml"))
  func manifest(_ row: ManifestRow) throws {
    let file = ReadFile(try path(row, "mzml"))
    #expect(file.failure == nil)
    let summary = try #require(file.summary)
    #expect(summary.ms1Spectra == Int(row["raw_ms1_spectra"]))
    let total = row["n_spectra"]
    #expect(summary.ms1Spectra + summary.otherSpectra == Int(total))
    #expect(summary.chromatograms == Int(row["n_chromatograms"]))
    if row["neatms_reader_status"] == "ok" {
      #expect(file.points == Int(row["neatms_ms1_points"]))
      #expect(isClose(sums(file).mz, row.number("neatms_sum_mz")))
      #expect(isClose(sums(file).intensity, row.number("neatms_sum_intensity")))
      #expect(summary.times?.lowerBound == Double(row["neatms_rt_first_min"]))
      #expect(summary.times?.upperBound == Double(row["neatms_rt_last_min"]))
    } else if row["file"] != "openms_SerumTest.mzML" {
      // The others hold centroids, one of them under the name of profile.
      #expect(file.points == Int(row["raw_ms1_points"]))
      #expect(isClose(sums(file).mz, row.number("raw_sum_mz")))
      #expect(isClose(sums(file).intensity, row.number("raw_sum_intensity")))
    }
    let isMisnamed = row["note"].contains("spectra say profile but hold centroids")
    #expect(summary.misnamedProfiles == (isMisnamed ? summary.ms1Spectra : 0))
  }

  /// One file in twelve encodings. The sums of slof were made of intensities rounded to 32 bits.
  @Test("Encodings of one file", arguments: ManifestRow.all("mzml-variants"))
  func variants(_ row: ManifestRow) throws {
    var file = ReadFile(try path(row, "mzml-variants"))
    #expect(file.failure == nil)
    if row["file"].contains("slof") {
      for index in file.spectra.indices {
        file.spectra[index].intensities = file.spectra[index].intensities.map { Double(Float($0)) }
      }
    }
    #expect(file.summary?.ms1Spectra == Int(row["n_spectra"]))
    #expect(file.points == Int(row["n_points"]))
    #expect(isClose(sums(file).mz, row.number("sum_mz")))
    #expect(isClose(sums(file).intensity, row.number("sum_intensity")))
    #expect(file.spectra.allSatisfy { $0.isSingle == row["file"].contains("32_32") })
  }

  /// NeatMS's loop, and where it crashes only on spectra without a peak, the same loop past them.
  /// Profile and centroided files, 32 and 64-bit, zlib and none, gzip, seconds and minutes.
  static let compared = [
    "mzmine_gc_orbi_profile_21scans.mzML", "mzdata_small.mzML", "pyteomics_test.mzML",
    "openms_FeatureFinderMetaboIdent_1_input.mzML", "openms_FileFilter_28_input.mzML.gz",
    "recetox_29_qc_no_dil_milliq_subset.mzML", "openms_GNPSExport_mzml1.mzML",
    "openms_MassTraceDetection_input1.mzML", "rams_uv_test_mini.mzML.gz",
    "openms_SerumTest.mzML", "jmzml_tiny.pwiz.err.idx.mzML",
  ]

  @Test(
    "Every point is pymzML's, to the last bit",
    .enabled(if: Python.isWanted, "\(Python.skipReason)"),
    arguments: compared)
  func pymzml(_ name: String) throws {
    let path = try #require(sharedData).appending(path: "mzml/\(name)").path
    let folder = try TestTools.TemporaryFolder()
    try Python.run(.keras2, script: "mzml-table.py", ["points", path, folder.file("points.tsv")])
    let text = try String(contentsOfFile: folder.file("points.tsv"), encoding: .utf8)
    let ours = ReadFile(path).spectra.filter { !$0.mz.isEmpty }.map { spectrum in
      [
        "\(spectrum.index)", hexadecimal([spectrum.time]), hexadecimal(spectrum.mz),
        hexadecimal(spectrum.intensities),
      ].joined(separator: "\t")
    }
    let theirs = text.split(separator: "\n").map(String.init)
    #expect(theirs.count > 0)
    #expect(ours.count == theirs.count)
    let different = zip(ours, theirs).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
    #expect(different == [])
  }

  private func hexadecimal(_ values: [Double]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return values.withUnsafeBytes { bytes in
      String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
  }
}
