import Support

/// The three sets of NeatMS's `create_batches`. `test` is Keras's `validation_data`;
/// `validation` is kept for tuning the threshold.
public enum Split: String, CaseIterable, Sendable {
  case train, test, validation
}

/// What the root attributes of `batches.h5` say.
public struct BatchesHeader: Sendable, Equatable {
  /// Points of a matrix row.
  public var matrixSize: Int
  /// Margin on each side, as a fraction of the peak's width (1: as wide as the peak).
  public var margin: Double?
  public var minScanNum: Int?
  /// Class names, sorted: the order of the network's outputs.
  public var classes: [String]
  public var seed: UInt64?
  public var validationSplit: Double?
  /// Where the peaks came from, in words.
  public var source: String?

  public init(
    matrixSize: Int, margin: Double? = nil, minScanNum: Int? = nil, classes: [String],
    seed: UInt64? = nil, validationSplit: Double? = nil, source: String? = nil
  ) {
    self.matrixSize = matrixSize
    self.margin = margin
    self.minScanNum = minScanNum
    self.classes = classes
    self.seed = seed
    self.validationSplit = validationSplit
    self.source = source
  }
}

/// Labelled peak matrices in three splits: a `batches.h5`, or the simulated demo set.
///
/// Reading is by ranges, so that a caller can fill memory shared by the ranks of a host without a
/// second copy.
public protocol BatchSource {
  var header: BatchesHeader { get }
  /// For messages: the file's path, or "the embedded demo set".
  var place: String { get }
  func count(_ split: Split) -> Int
  /// Copies matrices `range` of the split: `range.count` × 2 × matrix size floats, row-major,
  /// checked to be finite.
  /// - Throws: `Failure(.badData)` naming the first bad value's place; `.inputOutput`.
  func readMatrices(_ split: Split, _ range: Range<Int>, into: UnsafeMutablePointer<Float>) throws
  /// Every label of the split, an index into `header.classes`, checked to be in range.
  func readLabels(_ split: Split) throws -> [Int32]
  /// Every peak's id, in order.
  func readIDs(_ split: Split) throws -> [String]
}
