import CKernels

/// The passes over one lane of samples, `first..<first + count` of the batch in `paddedInput`.
extension ConvLayer {
  /// Rows of the product: every point of the lane and the gaps between (whose results nobody
  /// reads).
  private func rows(_ count: Int) -> Int { count * sampleRows - gap }

  /// - Parameter output: where the lane's first pooled output goes.
  func forward(
    first: Int, count: Int, weights: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    strides: OutputStrides
  ) {
    let start = inputPointer(first) - left * inputRow
    let points = points(count, output: strides)
    let (bias, mask) = (weights + bias.offset, mask + first * pooledWidth * outputRow)
    if let winograd {
      return winograd.forward(start, bias: bias, points: points, output: output, mask: mask)
    }
    multiply(
      StridedMatrix(start, row: inputRow), StridedMatrix(wide.pointer, row: outputRow),
      m: rows(count), n: outputRow, k: kernelWidth * inputRow, into: preActivation.pointer)
    ck_activate_pool(preActivation.pointer, bias, points, output, mask)
  }

  /// Adds the lane's part to `wideGradient` and the bias gradient, unless frozen; where `inputGradient` is given,
  /// fills it with the gradient of the lane's input, `sampleRows` rows of `inputRow` a sample.
  ///
  /// - Parameters:
  ///   - outputGradient: the gradient of the lane's first pooled output, laid out by `strides`.
  ///   - isFirstLane: the lane's kernel gradient replaces `wideGradient` instead of adding to it.
  func backward(
    first: Int, count: Int, isFirstLane: Bool, outputGradient: UnsafePointer<Float>,
    strides: OutputStrides, gradients: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?
  ) {
    let start = preActivationGradient.pointer + gap * outputRow
    ck_activate_pool_backward(
      outputGradient, mask + first * pooledWidth * outputRow, points(count, output: strides), start,
      isTrained ? gradients + bias.offset : frozenBiasGradient.pointer)
    if isTrained { addKernelGradient(start, first: first, count: count, isFirstLane: isFirstLane) }
    guard let inputGradient else { return }
    if let winograd {
      return winograd.backward(start - right * outputRow, samples: count, into: inputGradient)
    }
    // Input point i reached output points i + left − tap; with the taps reversed these are
    // i − right … i + left: again one view with overlapping rows.
    multiply(
      StridedMatrix(start - right * outputRow, row: outputRow),
      StridedMatrix(reversed.pointer, row: inputRow), m: rows(count), n: inputRow,
      k: kernelWidth * outputRow, into: inputGradient)
  }

  private func addKernelGradient(
    _ start: UnsafePointer<Float>, first: Int, count: Int, isFirstLane: Bool
  ) {
    let input = inputPointer(first) - left * inputRow
    if let winograd {
      return winograd.addKernelGradient(input, start, samples: count, isFirst: isFirstLane)
    }
    let patches = StridedMatrix(input, row: inputRow)
    multiply(
      patches.transposed, StridedMatrix(start, row: outputRow), m: kernelWidth * inputRow,
      n: outputRow, k: rows(count), beta: isFirstLane ? 0 : 1, into: wideGradient.pointer)
  }
}
