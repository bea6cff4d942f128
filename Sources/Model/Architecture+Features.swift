extension Architecture {
  /// Whether a Dropout layer before Flatten drops units.
  public var dropsBeforeFlatten: Bool {
    layers[..<flattenIndex].contains { layer in
      if case .dropout(let rate) = layer.kind { rate > 0 } else { false }
    }
  }

  /// Whether a feature that is zero, of either sign, lets nothing of its gradient through, so that neither need
  /// be sent: a chain of NeatMS's kind ends in relu, or in pooling after it, and no Dropout layer follows that
  /// would make other features zero.
  public var zeroFeaturesStopGradients: Bool {
    guard ConvBase.handles(self) else { return false }
    if layers.count > flattenIndex + 1, case .dropout(let rate) = layers[flattenIndex + 1].kind,
      rate > 0
    {
      return false
    }
    for layer in layers[..<flattenIndex].reversed() {
      if case .conv2D(let conv) = layer.kind { return conv.activation == .relu }
    }
    return false
  }
}
