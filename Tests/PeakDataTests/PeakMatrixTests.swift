import Foundation
import PeakData
import Testing

/// One chromatogram and what NeatMS 0.9 made of it; `scripts/python/fixtures-peakmatrix.py` explains
/// the fields.
struct PeakMatrixCase: Decodable, CustomTestStringConvertible, Sendable {
  enum Expected: Decodable, Sendable {
    case rows([[Double]])
    case notANumber

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let rows = try? container.decode([[Double]].self) {
        self = .rows(rows)
      } else {
        self = .notANumber
      }
    }
  }

  struct Spectrum: Decodable, Sendable {
    let time: Double
    let intensities: [Double]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      time = try container.decode(Double.self)
      intensities = try container.decode([Double].self)
    }
  }

  let name: String
  let matrixSize: Int
  let margin: Double
  let minScanNum: Int
  let rtStart: Double
  let rtEnd: Double
  let spectra: [Spectrum]
  let valid: Bool
  let scanNumber: Int?
  let matrix: Expected?

  var testDescription: String { name }

  /// All cases of the fixture.
  static let all: [PeakMatrixCase] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/peakmatrix.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode([PeakMatrixCase].self, from: Data(contentsOf: file))
    } catch {
      Issue.record("\(file.path): \(error)")
      return []
    }
  }()

  /// Runs the rule; nil values are those it left alone.
  func run() -> (outcome: PeakMatrixOutcome, values: [Float]) {
    let rule = PeakMatrixRule(matrixSize: matrixSize, margin: margin, minScanNum: minScanNum)
    let times = spectra.flatMap { spectrum in spectrum.intensities.map { _ in spectrum.time } }
    let hits = spectra.filter {
      let window = rule.window(start: rtStart, end: rtEnd)
      return !$0.intensities.isEmpty && $0.time >= window.start && $0.time <= window.end
    }
    var values = [Float](repeating: -1, count: 2 * matrixSize)
    let outcome = values.withUnsafeMutableBufferPointer { target in
      target.baseAddress.map {
        rule.makeMatrix(
          times: times, intensities: spectra.flatMap(\.intensities), start: rtStart, end: rtEnd,
          spectra: hits.count, into: $0)
      }
    }
    return (outcome ?? .invalid(.noSignal, scans: nil), values)
  }
}

@Suite("Peak matrices are NeatMS's")
struct PeakMatrixTests {
  @Test("NeatMS's verdict, scan number and every value", arguments: PeakMatrixCase.all)
  func sameAsNeatMS(_ peak: PeakMatrixCase) {
    let (outcome, values) = peak.run()
    guard case .rows(let rows)? = peak.matrix else {
      #expect(!outcome.isValid)
      #expect(values.allSatisfy { $0 == -1 }, "an invalid peak leaves the target alone")
      return
    }
    #expect(outcome == .valid(scans: peak.scanNumber ?? -1))
    // To the last bit: NeatMS's doubles, rounded to float as its `create_batches` does.
    #expect(values == rows.flatMap { $0.map(Float.init) })
  }

  @Test("Every reason for an invalid peak is told", arguments: PeakMatrixCase.all)
  func reasons(_ peak: PeakMatrixCase) {
    let (outcome, _) = peak.run()
    switch outcome {
    case .valid: #expect(peak.valid)
    case .invalid(.flat, let scans):
      // NeatMS divides 0 by 0 here and counts the peak as valid.
      #expect(peak.valid && scans == peak.scanNumber)
      if case .notANumber? = peak.matrix {} else { Issue.record("NeatMS has a matrix") }
    case .invalid(let fault, let scans):
      #expect(!peak.valid && scans == peak.scanNumber)
      #expect(fault == ((peak.scanNumber ?? 0) > 1 ? .tooFewScans : .noSignal))
    }
  }

  @Test("The fixture has both verdicts, and NaN")
  func fixtureIsWhole() {
    let all = PeakMatrixCase.all
    #expect(all.count >= 20)
    #expect(all.contains { $0.valid } && all.contains { !$0.valid })
    #expect(all.contains { if case .notANumber? = $0.matrix { true } else { false } })
  }

  @Test("With margin 1 and 120 points the window is points 40 to 79")
  func windowRow() {
    let rule = PeakMatrixRule()
    let times = (0..<90).map { Double($0) * 0.01 }
    var values = [Float](repeating: -1, count: 240)
    let outcome = rule.makeMatrix(
      times: times, intensities: times.map { $0 * $0 }, start: 0.3, end: 0.6, into: &values)
    #expect(outcome.isValid)
    #expect(values[120...].map { $0 == 1 } == (0..<120).map { (40...79).contains($0) })
  }

  @Test("Infinite and undefined intensities are refused", arguments: [Double.infinity, .nan])
  func notFinite(_ value: Double) {
    let times = (0..<30).map(Double.init)
    let intensities = times.map { $0 == 15 ? value : $0 }
    var values = [Float](repeating: -1, count: 240)
    let outcome = PeakMatrixRule().makeMatrix(
      times: times, intensities: intensities, start: 10, end: 20, into: &values)
    #expect(outcome == .invalid(.notFinite, scans: 11))
    #expect(values.allSatisfy { $0 == -1 })
  }
}
