import HDF5
import Support

extension BatchesFile {
  /// How many peaks a split has, with the shapes and types of its parts checked.
  static func checkedCount(
    _ root: borrowing H5Group, _ split: Split, _ header: BatchesHeader
  ) throws -> Int {
    let group = try root.group(split.rawValue)
    let matrices = try group.dataset("x")
    let count = matrices.shape.isEmpty ? 0 : matrices.rowCount
    try checkLength(group.dataset("y"), count, as: "integers") { $0.isInteger }
    try checkLength(group.dataset("id"), count, as: "strings") { $0 == .string }
    let expected = [count, 2, header.matrixSize]
    try H5Vetting.check(matrices)
    // An empty list written by numpy has the shape (0,) and no type to speak of.
    if matrices.shape == [0] { return 0 }
    if matrices.shape != expected {
      throw Failure(
        .badData, "the matrices have the wrong shape", at: matrices.location,
        expected: "(peaks, 2, matrix_size) = (\(count), 2, \(header.matrixSize))",
        found: tuple(matrices.shape))
    }
    try checkType(matrices, "numbers") { $0.isNumeric }
    return count
  }

  private static func checkLength(
    _ dataset: borrowing H5Dataset, _ count: Int, as kind: String, _ fits: (H5Type) -> Bool
  ) throws {
    if dataset.shape != [count] {
      throw Failure(
        .badData, "does not belong to the matrices in x", at: dataset.location,
        expected: "one entry for each of \(count) peaks, shape (\(count),)",
        found: "shape \(tuple(dataset.shape))")
    }
    if count > 0 { try checkType(dataset, kind, fits) }
    try H5Vetting.check(dataset)
  }

  private static func checkType(
    _ dataset: borrowing H5Dataset, _ kind: String, _ fits: (H5Type) -> Bool
  ) throws {
    if fits(dataset.type) { return }
    throw Failure(
      .badData, "has the wrong type", at: dataset.location, expected: kind,
      found: dataset.type.description)
  }

  /// A shape as Python writes it.
  private static func tuple(_ shape: [Int]) -> String {
    let inside = shape.map(String.init).joined(separator: ", ")
    return shape.count == 1 ? "(\(inside),)" : "(\(inside))"
  }
}
