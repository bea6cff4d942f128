import CKernels
import Support

/// The L2 term of the loss, and which part of the flat buffer is trained.
extension PeakNet {
  /// Σ l2 · Σ w² over the kernels that have an L2 regularizer, frozen ones too: what Keras adds to
  /// the loss.
  public func regularizationLoss() -> Double { regularizationLoss { _ in true } }

  /// The frozen kernels' part of `regularizationLoss`, which no step changes: to be added to what
  /// `Optimizer.apply` returns.
  public func frozenRegularizationLoss() -> Double { regularizationLoss { !$0.trainable } }

  private func regularizationLoss(_ isCounted: (ParameterTensor) -> Bool) -> Double {
    var loss = 0.0
    for tensor in layout.tensors where isCounted(tensor) {
      let factor = l2(of: tensor)
      guard factor > 0 else { continue }
      loss += Double(factor) * ck_sum_squares(weights.pointer + tensor.offset, tensor.count)
    }
    return loss
  }

  /// l2 · Σ w² over a range of the flat buffer.
  public func regularizationLoss(of range: Range<Int>, l2: Float) -> Double {
    l2 > 0 ? Double(l2) * ck_sum_squares(weights.pointer + range.lowerBound, range.count) : 0
  }

  private func l2(of tensor: ParameterTensor) -> Float {
    tensor.role == "kernel" ? architecture.layers[tensor.layerIndex].l2 : 0
  }

  /// The trained parts of the flat buffer (`layout.trainableRanges`), cut also where the L2 factor
  /// changes, in order: what the optimizer works on.
  public var l2Segments: [(range: Range<Int>, l2: Float)] {
    var segments: [(range: Range<Int>, l2: Float)] = []
    for tensor in layout.trainableTensors {
      let factor = l2(of: tensor)
      if let last = segments.last, last.l2 == factor, last.range.upperBound == tensor.offset {
        segments[segments.count - 1].range = last.range.lowerBound..<tensor.range.upperBound
      } else {
        segments.append((tensor.range, factor))
      }
    }
    return segments
  }

  /// Whether any layer before Flatten is trained. Where none is, its features can be kept, and
  /// `trainStep(features:…)` does without the conv base.
  public var trainsConvBase: Bool { convBase.isTrained }
}
