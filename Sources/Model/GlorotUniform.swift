import Support

extension PeakNet {
  /// Keras's start: kernels from `glorot_uniform`, biases zero.
  ///
  /// A kernel's values are uniform in ±sqrt(6 / (fan in + fan out)); for Conv2D a fan is the
  /// kernel's area times the channels (Glorot and Bengio, "Understanding the difficulty of training
  /// deep feedforward neural networks", 2010).
  public func initializeGlorotUniform(seed: UInt64) {
    for (index, tensor) in layout.tensors.enumerated() {
      let values = weights[tensor.range]
      guard tensor.role == "kernel" else {
        values.update(repeating: 0)
        continue
      }
      let area = tensor.shape.dropLast(2).reduce(1, *)
      let fans = tensor.shape.suffix(2).reduce(0) { $0 + $1 * area }
      let limit = (6 / Float(fans)).squareRoot()
      var generator = PhiloxSequence(seed: seed, stream: .initialisation, a: UInt32(index))
      for place in values.indices { values[place] = (generator.nextUniform() * 2 - 1) * limit }
    }
  }
}
