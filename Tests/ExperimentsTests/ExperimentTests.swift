import Experiments
import PeakData
import Testing

@Suite("Experiment") struct ExperimentTests {
  @Test("A peak's window has the bounds of its row")
  func window() {
    let peak = FeaturePeak(
      sample: 0, feature: 0, file: 0, row: 1, mz: 100, rt: 1, rtStart: 0.9, rtEnd: 1.1,
      mzMin: 99.9, mzMax: 100.1, height: 1, area: 2)
    #expect(peak.window == PeakWindow(rtStart: 0.9, rtEnd: 1.1, mzMin: 99.9, mzMax: 100.1))
  }
}
