import Foundation
import PeakData
import PythonTesting
import TestTools
import Testing

/// Whole raw files against NeatMS's own matrices of their peaks: the same verdicts, the same scan
/// numbers, and every value to the last bit of its single-precision rounding.
@Suite(.enabled(if: sharedData != nil, "the real experiments are not here"))
struct ExtractionTests {
  static let experiments = [
    "squallms/reference_aligned", "squallms/reference_unaligned",
    "mzmine/reference_mzmine_aligned", "mzmine/reference_mzmine_unaligned",
    "mzmine/reference_peakonly", "edge/reference_xcms", "edge/reference_mzmine",
  ]

  private func place(_ name: String) throws -> (npz: String, raw: URL) {
    let folder = try #require(sharedData).appending(path: "experiments")
    let npz = folder.appending(path: name + ".npz")
    return (npz.path, npz.deletingLastPathComponent().appending(path: "mzML"))
  }

  @Test(
    "The experiments' matrices", .enabled(if: Python.isWanted, "\(Python.skipReason)"),
    arguments: experiments)
  func experiment(_ name: String) throws {
    let (npz, raw) = try place(name)
    let reference = try ExtractionReference.stored(npz)
    #expect(reference.samples.allSatisfy { $0.peaks.count > 20 })
    try compare(reference, raw: raw, rule: PeakMatrixRule())
  }

  @Test(
    "Other matrix sizes and margins", .enabled(if: Python.isWanted, "\(Python.skipReason)"),
    arguments: [
      PeakMatrixRule(matrixSize: 8, margin: 0, minScanNum: 1),
      PeakMatrixRule(matrixSize: 60, margin: 2, minScanNum: 5),
      PeakMatrixRule(matrixSize: 121, margin: 0.5, minScanNum: 9),
    ])
  func rules(_ rule: PeakMatrixRule) throws {
    for name in ["squallms/reference_aligned", "edge/reference_xcms"] {
      let (npz, raw) = try place(name)
      let reference = try ExtractionReference.made(npz, raw: raw.path, rule: rule)
      try compare(reference, raw: raw, rule: rule)
    }
  }

  private func compare(
    _ reference: ExtractionReference, raw: URL, rule: PeakMatrixRule
  ) throws {
    for (name, peaks) in reference.samples {
      let extraction = try extractPeaks(
        from: raw.appending(path: name).path, windows: peaks.map(\.window), rule: rule)
      #expect(extraction.outcomes.count == peaks.count)
      let size = 2 * rule.matrixSize
      let valid = extraction.outcomes.count(where: \.isValid)
      try #require(extraction.matrices.count == valid * size)
      var matrices = extraction.matrices[...]
      var (differences, largest) = (0, 0.0)
      for (peak, outcome) in zip(peaks, extraction.outcomes) {
        check(peak, outcome)
        guard outcome.isValid else { continue }
        for (ours, theirs) in zip(matrices.prefix(size), peak.matrix) {
          if ours != Float(theirs) { differences += 1 }
          largest = max(largest, abs(Double(ours) - theirs))
        }
        matrices = matrices.dropFirst(size)
      }
      #expect(differences == 0, "\(name): \(differences) values differ, by up to \(largest)")
      #expect(largest < 1e-6)
    }
  }

  private func check(_ peak: ExtractionReference.Peak, _ outcome: PeakMatrixOutcome) {
    switch outcome {
    case .valid(let scans):
      #expect(peak.isValid && !peak.isNaN && scans == peak.scans, "\(peak.window)")
    case .invalid(.flat, let scans):
      // NeatMS divides 0 by 0 here, and counts the peak as valid.
      #expect(peak.isValid && peak.isNaN && scans == peak.scans, "\(peak.window)")
    case .invalid(let fault, let scans):
      #expect(!peak.isValid && scans == peak.scans, "\(peak.window): \(fault)")
    }
  }
}
