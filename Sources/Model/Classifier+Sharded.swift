/// The classifier cut at its first Dense layer: what is below (Dropout alone) belongs to samples, the
/// Dense layer's products to rows of its kernel, and what is above is small and computed for the
/// whole batch by every rank.
extension Classifier {
  /// Where the first Dense layer is; nil where another layer with values of its own is below it.
  private var cut: Int? {
    for (index, step) in steps.enumerated() {
      switch step {
      case .dropout: continue
      case .dense: return index
      case .activation: return nil
      }
    }
    return nil
  }

  /// The first Dense layer.
  var shardedLayer: DenseLayer? {
    guard let cut, case .dense(let layer) = steps[cut] else { return nil }
    return layer
  }

  /// Dropout layers below it.
  private func forEachDropoutBelow(_ body: (DropoutLayer) -> Void) {
    for step in steps {
      guard case .dropout(let layer) = step else { return }
      if layer.rate > 0 { body(layer) }
    }
  }

  /// Drops features of these samples, in place.
  func drop(_ features: UnsafeMutablePointer<Float>, samples: Range<Int>, key: DropoutKey) {
    forEachDropoutBelow { $0.forward(features, samples: samples, key: key) }
  }

  /// The gradient goes where the features went.
  func dropGradient(_ gradient: UnsafeMutablePointer<Float>, samples: Range<Int>) {
    forEachDropoutBelow { $0.backward(gradient, samples: samples) }
  }

  /// From the first Dense layer's products, in its `output`, to the logits.
  func forwardAbove(count: Int, weights: UnsafePointer<Float>, mode: PassMode) {
    guard let cut, let layer = shardedLayer else { return }
    layer.finishForward(count: count, weights: weights, mode: mode)
    run(steps[(cut + 1)...], on: layer.output.pointer, count: count, weights: weights, mode: mode)
  }

  /// From the logits' gradient to that of the first Dense layer's products, in its `outputGradient`;
  /// fills every gradient but its kernel's.
  func backwardAbove(
    _ features: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>, dropped: Bool,
    gradients: UnsafeMutablePointer<Float>
  ) {
    guard let cut, let layer = shardedLayer else { return }
    for index in steps.indices.reversed() where index > cut && trainedBelow[index] {
      backward(
        index, features, count: count, weights: weights, dropped: dropped, gradients: gradients)
    }
    guard trainedBelow[cut] else { return }
    layer.backwardActivation(count: count, dropped: dropped)
    if layer.isTrained { layer.backwardBias(count: count, gradients: gradients) }
  }
}
