import Foundation
import PeakData
import PythonTesting

/// Peaks of an experiment, and what NeatMS made of them (`scripts/python/neatms-matrices.py`).
struct ExtractionReference {
  struct Peak {
    var window: PeakWindow
    /// NeatMS's verdict, which also holds for matrices of NaN.
    var isValid: Bool
    var scans: Int?
    var matrix: [Double]

    var isNaN: Bool { matrix.contains(where: \.isNaN) }
  }

  /// By sample's file name.
  private(set) var samples: [(name: String, peaks: [Peak])]

  /// The matrices that the reference file holds.
  static func stored(_ npz: String) throws -> ExtractionReference {
    let folder = try PythonTesting.TemporaryFolder()
    let names = try Python.run(
      .keras2, script: "neatms-matrices.py", ["stored", npz, folder.path("out")])
    return try ExtractionReference(folder.path("out"), names, matrixSize: 120)
  }

  /// Made anew by NeatMS, by another rule.
  static func made(
    _ npz: String, raw: String, rule: PeakMatrixRule
  ) throws -> ExtractionReference {
    let folder = try PythonTesting.TemporaryFolder()
    let names = try Python.run(
      .keras2, script: "neatms-matrices.py",
      [
        "made", npz, raw, folder.path("out"), "\(rule.matrixSize)", "\(rule.margin)",
        "\(rule.minScanNum)",
      ])
    return try ExtractionReference(folder.path("out"), names, matrixSize: rule.matrixSize)
  }

  private init(_ path: String, _ names: String, matrixSize: Int) throws {
    samples = names.split(separator: "\n").map { (String($0), []) }
    let data = try Data(contentsOf: URL(filePath: path))
    let numbers = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    let length = 7 + 2 * matrixSize
    for start in stride(from: 0, to: numbers.count, by: length) {
      let fields = numbers[start..<(start + length)]
      let at = { fields[start + $0] }
      samples[Int(at(0))].peaks.append(
        Peak(
          window: PeakWindow(rtStart: at(1), rtEnd: at(2), mzMin: at(3), mzMax: at(4)),
          isValid: at(5) == 1, scans: at(6) < 0 ? nil : Int(at(6)),
          matrix: Array(fields.dropFirst(7))))
    }
  }
}
