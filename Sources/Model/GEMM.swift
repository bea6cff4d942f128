import CKernels

/// A matrix somewhere in memory: element (i, j) is `pointer[i * row + j * column]`.
///
/// Rows may overlap in an operand (`row` smaller than the number of columns).
struct StridedMatrix {
  var pointer: UnsafePointer<Float>
  var row: Int
  var column: Int

  init(_ pointer: UnsafePointer<Float>, row: Int, column: Int = 1) {
    self.pointer = pointer
    self.row = row
    self.column = column
  }

  /// From row `rows` on.
  func skipping(_ rows: Int) -> StridedMatrix {
    StridedMatrix(pointer + rows * row, row: row, column: column)
  }

  var transposed: StridedMatrix { StridedMatrix(pointer, row: column, column: row) }
}

/// `c[m × n] = a[m × k] · b[k × n] + beta · c`, `c` row-major with `n` columns, or a part of rows of
/// `row` floats.
func multiply(
  _ a: StridedMatrix, _ b: StridedMatrix, m: Int, n: Int, k: Int, beta: Float = 0,
  into c: UnsafeMutablePointer<Float>, row: Int? = nil
) {
  ck_sgemm(m, n, k, a.pointer, a.row, a.column, b.pointer, b.row, b.column, beta, c, row ?? n, 1)
}

/// Adds the rows of `matrix` (`count` × `columns`) to `sums`.
func addRows(
  of matrix: UnsafePointer<Float>, count: Int, columns: Int, to sums: UnsafeMutablePointer<Float>
) {
  for row in 0..<count { ck_add(sums, matrix + row * columns, columns) }
}

/// `sum += vector`, element by element.
public func addVector(
  _ vector: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int
) {
  ck_add(sum, vector, count)
}

/// `sum = left + right`, element by element; `sum` is none of them.
public func sumVectors(
  _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
  into sum: UnsafeMutablePointer<Float>, count: Int
) {
  ck_sum(sum, left, right, count)
}
