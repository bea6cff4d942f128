import Foundation
import PeakData
import TestTools
import Testing

/// What this thread's processor spent on `body`, which a busy machine does not lengthen.
func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
  func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
  let start = now()
  try body()
  return now() - start
}

@Suite("Speed of extraction")
struct ExtractionSpeedTests {
  /// 4,000 spectra at minutes 1 and 5 by turns; 20,000 windows that hold one of the two or both.
  @Test("Scan times that go to and fro") func toAndFro() throws {
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(
      (0..<4000).map { MiniMzML.Spectrum($0 % 2 == 0 ? 1 : 5, [(100, 1), (200, 2)]) },
      to: folder.file("run.mzML"))
    // All above the last point but one: the time goes into keeping the list.
    let windows = (0..<20_000).map { index in
      let start = index % 3 == 0 ? 4.5 : 0.5
      return PeakWindow(
        rtStart: start, rtEnd: index % 3 == 1 ? 1.5 : 5.5,
        mzMin: index == 0 ? 150 : 1000 - Double(index) * 0.01, mzMax: 2000)
    }
    let seconds = try processorSeconds {
      let extraction = try extractPeaks(
        from: folder.file("run.mzML"), windows: windows,
        rule: PeakMatrixRule(matrixSize: 8, margin: 0, minScanNum: 1))
      #expect(extraction.outcomes.count { $0 == .invalid(.noSignal, scans: 1) } == 1)
    }
    #expect(seconds < 2, "\(seconds) s")
  }
}
