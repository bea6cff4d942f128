/// Where the features of a batch are, and which rows of the first Dense kernel they meet.
///
/// A sample is one piece, or cut along the points into one piece for each strip (`BaseStrips`). All samples'
/// pieces of the first strip come first.
public struct FeatureLayout: Sendable, Equatable {
  /// Neighbouring rows of the kernel, and the column of a piece that the first of them meets.
  struct Run: Sendable, Equatable {
    var rows: Range<Int>
    var column: Int
  }

  /// Samples that a strip has room for.
  public let capacity: Int
  /// Floats from one piece to the next.
  public let row: Int
  /// Of each strip.
  let runs: [[Run]]

  /// Whole samples of so many features.
  init(features: Int, capacity: Int) {
    self.init(capacity: capacity, row: features, runs: [[Run(rows: 0..<features, column: 0)]])
  }

  init(capacity: Int, row: Int, runs: [[Run]]) {
    (self.capacity, self.row, self.runs) = (capacity, row, runs)
  }

  /// Whether samples are not cut.
  public var isWhole: Bool { runs.count == 1 }

  /// Pieces of a batch, and its floats.
  public var pieceCount: Int { runs.count * capacity }
  public var count: Int { pieceCount * row }

  /// The pieces of some samples in a strip.
  public func pieces(_ samples: Range<Int>, strip: Int) -> Range<Int> {
    let first = strip * capacity
    return (first + samples.lowerBound)..<(first + samples.upperBound)
  }

  /// The strip, and the columns of its pieces, that these rows of the kernel meet: of one run.
  public func place(of rows: Range<Int>) -> (strip: Int, columns: Range<Int>) {
    for (strip, runs) in runs.enumerated() {
      for run in runs
      where run.rows.lowerBound <= rows.lowerBound && rows.upperBound <= run.rows.upperBound {
        let first = run.column + rows.lowerBound - run.rows.lowerBound
        return (strip, first..<(first + rows.count))
      }
    }
    preconditionFailure("rows of more than one strip")
  }
}
