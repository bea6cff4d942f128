/// The products of some of the kernel's rows (inputs) alone: what a rank computes that owns these.
///
/// All matrices are the whole batch's with the strides of the whole layer, so that a product is the
/// same call, at the same alignment, whoever computes it.
extension DenseLayer {
  /// The part of x · kernel that comes from these inputs, `count` × units.
  func forward(
    rows: Range<Int>, of x: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>,
    into part: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(x + rows.lowerBound, row: inputs), kernelRows(rows, weights), m: count,
      n: units, k: rows.count, into: part)
  }

  /// The kernel's gradient in these rows, rows × units.
  func backwardKernel(
    rows: Range<Int>, of x: UnsafePointer<Float>, count: Int,
    into part: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(x + rows.lowerBound, row: inputs).transposed,
      StridedMatrix(outputGradient.pointer, row: units), m: rows.count, n: units, k: count,
      into: part)
  }

  /// The gradient of these inputs, in their columns of `target` (`count` × inputs).
  func backwardInput(
    rows: Range<Int>, count: Int, weights: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(outputGradient.pointer, row: units), kernelRows(rows, weights).transposed,
      m: count, n: rows.count, k: units, into: target + rows.lowerBound, row: inputs)
  }

  private func kernelRows(_ rows: Range<Int>, _ weights: UnsafePointer<Float>) -> StridedMatrix {
    StridedMatrix(weights + kernel.offset + rows.lowerBound * units, row: units)
  }
}
