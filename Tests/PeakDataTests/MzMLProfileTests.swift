import Foundation
import PeakData
import TestTools
import Testing

private typealias T = MzMLText

/// Which spectra marked as profile are centroids under a wrong name: told by each one's points alone.
@Suite("Profiles, and centroids called profiles")
struct MzMLProfileTests {
  private func spectrum(_ mz: [Double], minute: Int = 1) -> String {
    let heights = mz.indices.map { index in
      [1, 1, 2, 8, 2, 1, 1.0][index % 7]
    }
    return T.spectrum(
      count: "\(mz.count)", params: T.level1 + T.profile, scan: T.time("\(minute)"),
      arrays: T.array(T.mz + T.double, text: T.base64(mz))
        + T.array(T.intensity + T.double, text: T.base64(heights)))
  }

  private let rising = (0..<7).map { 100 + Double($0) / 100 }
  private let shuffled = [300, 100, 400, 200, 600, 500, 700.0]

  @Test("A spectrum does not decide for others") func bySpectrum() throws {
    let file = try ReadFile(
      document: T.document(spectrum(rising) + spectrum(shuffled) + spectrum(rising)))
    #expect(file.spectra.map(\.mz.count) == [1, 7, 1])
    #expect(file.spectra[1].mz == shuffled)
    #expect(file.summary?.misnamedProfiles == 1)
    // Equal neighbours: the peak is at its highest point.
    #expect(abs(file.spectra[0].mz[0] - 100.03) < 1e-4)
    #expect(file.spectra[0].mz == file.spectra[2].mz)
  }

  @Test("Three points tell nothing; four far apart are centroids") func few() throws {
    let few = try ReadFile(
      document: T.document(spectrum([200, 100, 300]) + spectrum([134.046, 156.075, 166.053, 190])))
    #expect(few.spectra.map(\.mz.count) == [0, 4])
    #expect(few.summary?.misnamedProfiles == 1)
    #expect(few.summary?.profilesWithoutPeaks == 1)
  }

  @Test("Frames of ion mobility, one behind the other, are a profile") func frames() throws {
    let frames = (0..<5).flatMap { _ in rising }
    let file = try ReadFile(document: T.document(spectrum(frames)))
    #expect(file.summary?.misnamedProfiles == 0)
    #expect(file.spectra.map(\.mz.count) == [5])
  }

  @Test("A peak's matrix does not depend on other peaks") func otherPeaks() throws {
    let folder = try TestTools.TemporaryFolder()
    let first = (0..<3).map { spectrum(shuffled, minute: $0) }
    let second = (10..<40).map { spectrum(rising, minute: $0) }
    try T.document((first + second).joined()).write(
      toFile: folder.file("run.mzML"), atomically: true, encoding: .utf8)
    let early = PeakWindow(rtStart: 0, rtEnd: 2, mzMin: 90, mzMax: 800)
    let late = PeakWindow(rtStart: 20, rtEnd: 29, mzMin: 100.025, mzMax: 100.035)
    let rule = PeakMatrixRule(matrixSize: 24, margin: 0, minScanNum: 2)
    func outcome(_ windows: [PeakWindow]) throws -> (PeakMatrixOutcome, RunSummary) {
      let extraction = try extractPeaks(
        from: folder.file("run.mzML"), windows: windows, rule: rule)
      return (extraction.outcomes[0], extraction.run)
    }
    let alone = try outcome([late])
    let withOthers = try outcome([late, early])
    #expect(alone.1.misnamedProfiles == 0 && withOthers.1.misnamedProfiles == 3)
    #expect(alone.0 == withOthers.0)
    // One centroid a spectrum, always as high: a flat line, where raw points would be three.
    #expect(alone.0 == .invalid(.flat, scans: 10))
  }
}
