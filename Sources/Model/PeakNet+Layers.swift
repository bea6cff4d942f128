import Support

/// Looking into the network: what tests compare with Keras layer by layer, and what a frozen conv
/// base gives for every peak.
extension PeakNet {
  /// The conv base's output in Keras's Flatten order, `count` × `featureCount`.
  ///
  /// - Parameter x: `count` × 2 × matrix size, `count` at most `maxBatch`.
  public func features(_ x: UnsafePointer<Float>, count: Int) -> [Float] {
    precondition(count <= maxBatch)
    convBase.prepare(weights.pointer, forBackward: false)
    convBase.forward(
      x, samples: 0..<count, weights: weights.pointer, mode: .inference)
    return Array(convBase.features[0..<(count * convBase.featureCount)])
  }

  /// The network up to the layer `name` of the conv base (without the pooling after it), with these
  /// weights: its features are that layer's output.
  ///
  /// - Returns: nil where the conv base has no such layer.
  public func truncated(after name: String) throws -> PeakNet? {
    guard let last = architecture.layers.firstIndex(where: { $0.name == name }),
      last < architecture.flattenIndex
    else { return nil }
    var short = architecture
    short.layers = Array(architecture.layers[...last])
    short.layers += [
      Layer("/flatten", .flatten), Layer("/out", .dense(units: 2, activation: .softmax)),
    ]
    let net = try PeakNet(architecture: short, maxBatch: maxBatch)
    for tensor in net.layout.tensors where tensor.layerIndex <= last {
      _ = net.weights[tensor.range].update(fromContentsOf: weights[tensor.range])
    }
    return net
  }

  /// The output of Dense layer `name` of the classifier for the batch that `predict` worked on last,
  /// `count` × units.
  public func lastOutput(ofDense name: String, count: Int) -> [Float]? {
    classifier.dense.first { $0.kernel.layer == name }.map {
      Array($0.output[0..<(count * $0.units)])
    }
  }
}
