import Support

/// The embedded demo set: simulated chromatographic peaks, for training and evaluating with no data
/// at hand.
///
/// Peak `i` depends on the seed and `i` alone, so that any range is made on the fly, on any machine,
/// to the same bits: `PeakSimulator` says how the chromatograms come about, and `PeakMatrixRule`
/// makes them into matrices as it does those of real files. The peaks are independent draws, so
/// the sets are ranges: as in NeatMS's `create_batches`, the first tenth is `test`, the second
/// `validation`, the rest `train`.
public struct DemoSet: BatchSource, Sendable {
  public let header: BatchesHeader
  public let place = "the embedded demo set"
  /// Peaks of the three sets together.
  public let peaks: Int
  private let simulator: PeakSimulator
  private let rule: PeakMatrixRule

  /// - Parameters:
  ///   - seed: another seed, other peaks.
  ///   - peaks: how many in all, 1 … 4,294,967,295; a million cost nothing until they are read.
  ///   - matrixSize: points of a matrix row, one of `allowedMatrixSizes`.
  public init(seed: UInt64 = 1, peaks: Int = 4000, matrixSize: Int = 120) {
    precondition(DemoSet.allowedPeaks.contains(peaks))
    precondition(DemoSet.allowedMatrixSizes.contains(matrixSize))
    self.peaks = peaks
    simulator = PeakSimulator(seed: seed)
    rule = PeakMatrixRule(matrixSize: matrixSize)
    header = BatchesHeader(
      matrixSize: matrixSize, margin: rule.margin, minScanNum: rule.minScanNum,
      classes: SimulatedQuality.allCases.map(\.rawValue), seed: seed, validationSplit: 0.1,
      source: "simulated: the embedded demo set of neatms-dist")
  }

  /// What `peaks` can be.
  public static let allowedPeaks = 1...Int(UInt32.max)
  /// What `matrixSize` can be. With 2 points, both at the outer ends of the margins, no matrix would
  /// be valid.
  public static let allowedMatrixSizes = 8...1_000_000

  public func count(_ split: Split) -> Int { range(split).count }

  public func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    precondition(range.lowerBound >= 0 && range.upperBound <= count(split))
    let first = self.range(split).lowerBound
    for (slot, position) in range.enumerated() {
      makeMatrix(UInt32(first + position), into: target + slot * 2 * rule.matrixSize)
    }
  }

  public func readLabels(_ split: Split) throws -> [Int32] {
    range(split).map { simulator.quality(of: UInt32($0)).label }
  }

  /// `demo-17`: the position in the whole set, from 0.
  public func readIDs(_ split: Split) throws -> [String] { range(split).map { "demo-\($0)" } }

  /// The positions of a split in the whole set.
  private func range(_ split: Split) -> Range<Int> {
    let part = Int((Double(peaks) * 0.1).rounded(.toNearestOrEven))
    return switch split {
    case .test: 0..<part
    case .validation: part..<(2 * part)
    case .train: (2 * part)..<peaks
    }
  }

  /// Draws chromatograms until one has a valid matrix: about one in ten is too empty.
  private func makeMatrix(_ index: UInt32, into target: UnsafeMutablePointer<Float>) {
    var attempt: UInt32 = 1
    while true {
      let drawn = simulator.chromatogram(index, attempt: attempt)
      let outcome = rule.makeMatrix(
        times: drawn.times, intensities: drawn.intensities, start: drawn.start, end: drawn.end,
        into: target)
      if outcome.isValid { return }
      attempt &+= 1
    }
  }
}
