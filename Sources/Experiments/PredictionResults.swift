import PeakData
import Support

/// What became of every peak of the feature table.
struct PredictionResults {
  enum Fate: Equatable {
    /// In a raw file that was left out.
    case unread
    case valid
    case invalid(PeakMatrixFault)
  }

  let classCount: Int
  /// By peak of the table: 0 unread, 1 valid, 2 + a fault's place among all.
  private var codes: [UInt8]
  /// Peaks × classes; zeros where the peak is not valid.
  private var probabilities: [Float]

  init(peakCount: Int, classCount: Int) {
    self.classCount = classCount
    codes = [UInt8](repeating: 0, count: peakCount)
    probabilities = [Float](repeating: 0, count: peakCount * classCount)
  }

  func fate(of peak: Int) -> Fate {
    switch codes[peak] {
    case 0: .unread
    case 1: .valid
    case let code: .invalid(PeakMatrixFault.allCases[Int(code) - 2])
    }
  }

  /// Of a valid peak.
  func probabilities(of peak: Int) -> ArraySlice<Float> {
    probabilities[(peak * classCount)..<((peak + 1) * classCount)]
  }

  /// A raw file's results as bytes for rank 0.
  ///
  /// - Parameter probabilities: of its valid peaks, peaks × classes.
  static func encode(_ outcomes: [PeakMatrixOutcome], _ probabilities: [Float]) -> [UInt8] {
    let codes = outcomes.map { outcome -> UInt8 in
      guard case .invalid(let fault, _) = outcome else { return 1 }
      return UInt8(2 + (PeakMatrixFault.allCases.firstIndex(of: fault) ?? 0))
    }
    var writer = ByteWriter()
    writer.reserve(codes.count + 4 * probabilities.count + 16)
    writer.write(codes)
    writer.write(probabilities)
    return writer.bytes
  }

  /// Takes a raw file's results.
  ///
  /// - Parameter peaks: which of the table's they are, in the order asked for.
  /// - Throws: `Failure(.internalError)` for bytes that are not `encode`'s for these peaks.
  mutating func take(_ bytes: ArraySlice<UInt8>, of peaks: [Int]) throws {
    var reader = ByteReader(bytes)
    let codes = try reader.readArray(UInt8.self)
    let values = try reader.readArray(Float.self)
    let faults = PeakMatrixFault.allCases.count
    guard codes.count == peaks.count, codes.allSatisfy({ (1..<(2 + faults)).contains(Int($0)) }),
      values.count == codes.count(where: { $0 == 1 }) * classCount
    else {
      throw Failure(
        .internalError, "a raw file's results do not fit its peaks",
        expected: "\(peaks.count) peaks", found: "\(codes.count), \(values.count) probabilities")
    }
    var next = 0
    for (peak, code) in zip(peaks, codes) {
      self.codes[peak] = code
      guard code == 1 else { continue }
      for index in 0..<classCount {
        probabilities[peak * classCount + index] = values[next + index]
      }
      next += classCount
    }
  }
}
