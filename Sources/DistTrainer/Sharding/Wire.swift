import Model

/// `--wire`: the numbers in which a sharded step sends features and their gradient.
public enum Wire: String, Codable, Sendable, CaseIterable {
  case fp32
  /// Half as many bytes. Features and their gradient are rounded before use on every rank, whether they
  /// are sent or not, so that the number of ranks changes no bit here either.
  case bf16

  var bytes: Int { self == .fp32 ? 4 : 2 }

  /// Rounds features to what can be sent; none of them becomes zero, and so closed for its gradient.
  func roundFeatures(_ floats: UnsafeMutablePointer<Float>, count: Int) {
    if self == .bf16 { BFloat16.roundToNonzero(floats, count: count) }
  }

  /// Rounds floats to what can be sent.
  func round(_ floats: UnsafeMutablePointer<Float>, count: Int) {
    if self == .bf16 { BFloat16.round(floats, count: count) }
  }

  /// Rounds some columns of a matrix of `row` columns.
  func round(
    _ matrix: UnsafeMutablePointer<Float>, row: Int, rows: Range<Int>, columns: Range<Int>
  ) {
    guard self == .bf16 else { return }
    for index in rows { round(matrix + index * row + columns.lowerBound, count: columns.count) }
  }
}
