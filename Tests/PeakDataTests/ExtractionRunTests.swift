import Foundation
import PeakData
import Support
import TestTools
import Testing

/// Runs that real files do not show: scans out of order, points out of order, windows of all kinds.
/// Judged by `PeakMatrixRule` on points that a plain loop over all spectra picks.
@Suite("Extraction from odd runs")
struct ExtractionRunTests {
  static let rule = PeakMatrixRule(matrixSize: 24, margin: 1, minScanNum: 3)

  enum Order: CaseIterable {
    case ascending, pointsShuffled, scansShuffled, equalTimes, runsJoined
  }

  /// 60 scans of 40 points, some of them zero.
  private func spectra(_ order: Order) -> [MiniMzML.Spectrum] {
    var random = PhiloxSequence(seed: 7, stream: .split, a: 3)
    func draw(_ count: UInt32) -> Double { Double(random.nextIndex(below: count)) }
    var spectra = (0..<60).map { scan in
      let step =
        switch order {
        case .equalTimes: scan / 3 * 3
        case .runsJoined: scan % 30 * 2
        default: scan
        }
      let minutes = Double(step) * 0.1 + 1
      let points = (0..<40).map { point in
        (mz: 100 + Double(point) * 0.5 + draw(100) * 0.001, intensity: draw(1_000) * draw(5))
      }
      return MiniMzML.Spectrum(minutes, points)
    }
    if order == .pointsShuffled {
      for index in spectra.indices {
        spectra[index].points.sort { scramble($0.mz) < scramble($1.mz) }
      }
    }
    if order == .scansShuffled {
      for last in stride(from: spectra.count - 1, to: 0, by: -1) {
        spectra.swapAt(last, Int(draw(UInt32(last + 1))))
      }
    }
    return spectra
  }

  private func scramble(_ mz: Double) -> Double { (mz * 1_000).remainder(dividingBy: 7.3) }

  /// Windows of any width, some around several points of a scan, some around none, some backwards.
  private func windows() -> [PeakWindow] {
    var random = PhiloxSequence(seed: 8, stream: .split, a: 4)
    func draw(_ count: UInt32) -> Double { Double(random.nextIndex(below: count)) }
    return (0..<300).map { index in
      let (start, low) = (0.5 + draw(70) * 0.1, 99.5 + draw(220) * 0.1)
      let width = index % 17 == 0 ? -0.1 : draw(20) * 0.1
      return PeakWindow(
        rtStart: start, rtEnd: start + width, mzMin: low,
        mzMax: low + (index % 5 == 0 ? 6 : index % 13 == 0 ? -0.1 : 0.6))
    }
  }

  /// With room for one point, each peak needs its own pass; for 500, several passes; for a million, one.
  @Test(arguments: Order.allCases, [1, 500, 1 << 20])
  func sameAsAPlainLoop(_ order: Order, pointsKept: Int) throws {
    let (spectra, windows) = (spectra(order), windows())
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(spectra, to: folder.file("run.mzML"))
    var polls = 0
    let extraction = try extractPeaks(
      from: folder.file("run.mzML"), windows: windows, rule: Self.rule,
      pointsKept: pointsKept, poll: { polls += 1 })
    #expect(polls >= 60)
    var expected: [Float] = []
    for (window, outcome) in zip(windows, extraction.outcomes) {
      var matrix = [Float](repeating: 0, count: 48)
      let plain = outcomeOfLoop(window, spectra, into: &matrix)
      if case .invalid(.outsideRun, let scans) = outcome {
        #expect(plain == .invalid(.noSignal, scans: nil) && scans == nil)
      } else {
        #expect(outcome == plain, "\(window)")
      }
      if plain.isValid { expected += matrix }
    }
    #expect(extraction.matrices == expected)
    #expect(extraction.outcomes.count(where: \.isValid) > 100)
    #expect(extraction.outcomes.count { !$0.isValid } > 50)
  }

  private func outcomeOfLoop(
    _ window: PeakWindow, _ spectra: [MiniMzML.Spectrum], into matrix: inout [Float]
  ) -> PeakMatrixOutcome {
    let wide = Self.rule.window(start: window.rtStart, end: window.rtEnd)
    var (times, intensities, hits) = ([Double](), [Double](), 0)
    for spectrum in spectra where wide.start <= spectrum.minutes && spectrum.minutes <= wide.end {
      let points = spectrum.points.filter { $0.mz >= window.mzMin && $0.mz <= window.mzMax }
      times += points.map { _ in spectrum.minutes }
      intensities += points.map(\.intensity)
      if !points.isEmpty { hits += 1 }
    }
    return Self.rule.makeMatrix(
      times: times, intensities: intensities, start: window.rtStart, end: window.rtEnd,
      spectra: hits, into: &matrix)
  }

  /// Where times repeat, points of a scan are added at once only where a peak has very many.
  @Test func manyPointsOfRepeatedTimes() throws {
    var random = PhiloxSequence(seed: 9, stream: .split)
    let spectra = (0..<60).map { scan in
      MiniMzML.Spectrum(
        1 + Double(scan / 2 % 15) * 0.1,
        (0..<2000).map { (mz: 100 + Double($0) * 0.01, intensity: Double(random.nextUniform())) })
    }
    let windows = [(0.4, 99.0...200.0), (0.5, 99.0...110.0), (0.6, 105.0...105.055)].map {
      PeakWindow(rtStart: 1 + $0, rtEnd: 2, mzMin: $1.lowerBound, mzMax: $1.upperBound)
    }
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(spectra, to: folder.file("run.mzML"))
    let extraction = try extractPeaks(
      from: folder.file("run.mzML"), windows: windows, rule: Self.rule)
    #expect(extraction.passes == 2)
    #expect(extraction.remark?.contains("was read 2 times") == true)
    for (index, window) in windows.enumerated() {
      var matrix = [Float](repeating: 0, count: 48)
      #expect(extraction.outcomes[index] == outcomeOfLoop(window, spectra, into: &matrix))
      #expect(extraction.outcomes[index].isValid)
      let own = extraction.matrices[(48 * index)..<(48 * (index + 1))]
      #expect(zip(own, matrix).allSatisfy { abs($0 - $1) <= (index == 0 ? 1e-6 : 0) })
    }
  }

  /// Scans from minute 1.0 to 6.9; with its margin, a window reaches one width further.
  @Test func outsideTheRun() throws {
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(spectra(.ascending), to: folder.file("run.mzML"))
    let cases: [(PeakWindow, PeakMatrixFault)] = [
      (PeakWindow(rtStart: 0.1, rtEnd: 0.5, mzMin: 90, mzMax: 200), .outsideRun),
      (PeakWindow(rtStart: 0.1, rtEnd: 0.6, mzMin: 90, mzMax: 200), .tooFewScans),
      (PeakWindow(rtStart: 8, rtEnd: 9, mzMin: 90, mzMax: 200), .outsideRun),
      (PeakWindow(rtStart: 2, rtEnd: 3, mzMin: 90, mzMax: 95), .noSignal),
      (PeakWindow(rtStart: 2, rtEnd: 3, mzMin: .nan, mzMax: 95), .noSignal),
      (PeakWindow(rtStart: .nan, rtEnd: 3, mzMin: 90, mzMax: 95), .outsideRun),
    ]
    let extraction = try extractPeaks(
      from: folder.file("run.mzML"), windows: cases.map(\.0), rule: Self.rule)
    let faults = extraction.outcomes.map { outcome -> PeakMatrixFault? in
      if case .invalid(let fault, _) = outcome { fault } else { nil }
    }
    #expect(faults == cases.map(\.1))
    #expect(extraction.matrices.isEmpty)
    #expect(extraction.run.ms1Spectra == 60)
    #expect(extraction.run.times == 1...6.9)
  }

  @Test func noWindowsAndNoFile() throws {
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(spectra(.ascending), to: folder.file("run.mzML"))
    let nothing = try extractPeaks(
      from: folder.file("run.mzML"), windows: [], rule: Self.rule)
    #expect(nothing.outcomes.isEmpty && nothing.matrices.isEmpty && nothing.run.ms1Spectra == 60)
    #expect {
      try extractPeaks(from: folder.file("none.mzML"), windows: windows(), rule: Self.rule)
    } throws: { ($0 as? Failure)?.code == .missingInput }
  }

  @Test func errorsOfPollPass() throws {
    struct Stop: Error {}
    let folder = try TestTools.TemporaryFolder()
    try MiniMzML.write(spectra(.ascending), to: folder.file("run.mzML"))
    #expect(throws: Stop.self) {
      try extractPeaks(
        from: folder.file("run.mzML"), windows: windows(), rule: Self.rule, poll: { throw Stop() })
    }
  }

  /// NumPy compares single-precision m/z with single-precision bounds: a point at the float next to
  /// a bound that doubles tell apart is inside.
  @Test func singlePrecision() throws {
    let bound = 100.0000001
    #expect(Double(Float(bound)) < bound)
    let folder = try TestTools.TemporaryFolder()
    for isSingle in [true, false] {
      let mz =
        isSingle
        ? MzMLText.single + MzMLText.plain : MzMLText.double + MzMLText.plain
      let text =
        isSingle ? MzMLText.base64([Float(bound)]) : MzMLText.base64([Double(Float(bound))])
      let spectra = (0..<9).map { scan in
        MzMLText.spectrum(
          count: "1", scan: MzMLText.time("\(scan)"),
          arrays: MzMLText.array(MzMLText.mz + mz, text: text)
            + MzMLText.array(
              MzMLText.intensity + MzMLText.single + MzMLText.plain,
              text: MzMLText.base64([Float(scan * scan)])))
      }
      try MzMLText.document(spectra.joined()).write(
        toFile: folder.file("run.mzML"), atomically: true, encoding: .utf8)
      let window = PeakWindow(rtStart: 3, rtEnd: 5, mzMin: bound, mzMax: 101)
      let outcome = try extractPeaks(
        from: folder.file("run.mzML"), windows: [window], rule: Self.rule
      ).outcomes[0]
      #expect(outcome == (isSingle ? .valid(scans: 3) : .invalid(.noSignal, scans: nil)))
    }
  }
}
