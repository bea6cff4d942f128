import CKernels

/// The products of some of the kernel's rows (inputs) alone: what a rank computes that owns these.
///
/// All matrices are the whole batch's with the strides of the whole layer, so that a product is the
/// same call, at the same alignment, whoever computes it; or, by tiles, the same sums.
extension DenseLayer {
  /// Whether samples are computed by tiles, which are the same sums for each of them whatever is computed with it;
  /// BLIS has other kernels for few rows.
  var isComputedByTiles: Bool {
    let width = Int(ck_tile_width())
    return width > 0 && units % width == 0 && units <= ck_turned_depth
  }

  /// The part of x · kernel that comes from these inputs: these samples' rows of `part`, batch × units.
  /// - Parameter x: where the first sample's first one of these inputs is, of the batch.
  func forward(
    rows: Range<Int>, of x: StridedMatrix, samples: Range<Int>,
    weights: UnsafePointer<Float>, into part: UnsafeMutablePointer<Float>
  ) {
    let first = samples.lowerBound
    multiply(
      x.skipping(first), kernelRows(rows, weights), m: samples.count, n: units, k: rows.count,
      into: part + first * units)
  }

  /// The kernel's gradient in these rows, rows × units.
  func backwardKernel(
    rows: Range<Int>, of x: StridedMatrix, count: Int, into part: UnsafeMutablePointer<Float>
  ) {
    multiply(
      x.transposed,
      StridedMatrix(outputGradient.pointer, row: units), m: rows.count, n: units, k: count,
      into: part)
  }

  /// The gradient of these inputs, in their columns of these samples' rows.
  /// - Parameters:
  ///   - target: where the first sample's first one is, of the batch.
  ///   - row: floats from one sample to the next.
  func backwardInput(
    rows: Range<Int>, samples: Range<Int>, weights: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, row: Int
  ) {
    let first = samples.lowerBound
    multiply(
      StridedMatrix(outputGradient.pointer + first * units, row: units),
      kernelRows(rows, weights).transposed, m: samples.count, n: rows.count, k: units,
      into: target + first * row, row: row)
  }

  private func kernelRows(_ rows: Range<Int>, _ weights: UnsafePointer<Float>) -> StridedMatrix {
    StridedMatrix(weights + kernel.offset + rows.lowerBound * units, row: units)
  }
}
