import CKernels

/// The Keras kernel and its rearranged forms.
extension ConvLayer {
  /// Calls `body` with every (tap, row in, row out, kernel row) that meets the image.
  private func forEachBlock(_ body: (Int, Int, Int, Int) -> Void) {
    let top = (kernelHeight - 1) / 2
    for tap in 0..<kernelWidth {
      for rowIn in 0..<input.height {
        for rowOut in 0..<input.height {
          let kernelRow = rowIn - rowOut + top
          if kernelRow >= 0 && kernelRow < kernelHeight { body(tap, rowIn, rowOut, kernelRow) }
        }
      }
    }
  }

  /// Fills `wide` (and `reversed`, where the backward pass needs it) from the flat weights.
  func rearrangeKernel(_ weights: UnsafePointer<Float>, forBackward: Bool) {
    let source = weights + kernel.offset
    let channels = input.channels
    forEachBlock { tap, rowIn, rowOut, kernelRow in
      for channel in 0..<channels {
        let from = source + ((kernelRow * kernelWidth + tap) * channels + channel) * filters
        let to = wide.pointer + (tap * inputRow + rowIn * channels + channel) * outputRow
        (to + rowOut * filters).update(from: from, count: filters)
      }
    }
    winograd?.prepareForward(wide.pointer)
    guard forBackward else { return }
    for tap in 0..<kernelWidth {
      let from = wide.pointer + tap * inputRow * outputRow
      let to = reversed.pointer + (kernelWidth - 1 - tap) * outputRow * inputRow
      ck_transpose(from, inputRow, outputRow, to)
    }
    winograd?.prepareBackward(reversed.pointer)
  }

  /// For a rank without samples.
  func clearKernelGradient() {
    wideGradient.fill(0)
    winograd?.clearGradient()
  }

  /// Folds `wideGradient` back: an element of the Keras kernel gets the sum over the places it
  /// was used.
  func foldKernelGradient(into gradients: UnsafeMutablePointer<Float>) {
    winograd?.kernelGradient(into: wideGradient.pointer)
    let target = gradients + kernel.offset
    target.update(repeating: 0, count: kernel.count)
    let channels = input.channels
    forEachBlock { tap, rowIn, rowOut, kernelRow in
      for channel in 0..<channels {
        let to = target + ((kernelRow * kernelWidth + tap) * channels + channel) * filters
        let from =
          wideGradient.pointer + (tap * inputRow + rowIn * channels + channel) * outputRow
          + rowOut * filters
        ck_add(to, from, filters)
      }
    }
  }
}
