/// What a layer makes of a sample's shape, as Keras's `compute_output_shape`.
extension Layer {
  /// A side that nothing is left of is 0; `Architecture.check` refuses that.
  public func outputShape(of input: SampleShape) -> SampleShape {
    switch kind {
    case .conv2D(let conv):
      SampleShape(
        height: conv.padding.windows(conv.kernelHeight, over: input.height),
        width: conv.padding.windows(conv.kernelWidth, over: input.width), channels: conv.filters)
    case .maxPooling2D(let pool):
      SampleShape(
        height: pool.padding.blocks(pool.poolHeight, over: input.height),
        width: pool.padding.blocks(pool.poolWidth, over: input.width), channels: input.channels)
    case .flatten: SampleShape(units: input.count)
    case .dense(let dense):
      input.isFlat
        ? SampleShape(units: dense.units)
        : SampleShape(height: input.height, width: input.width, channels: dense.units)
    case .dropout, .activation: input
    }
  }
}

extension Padding {
  /// Places of a window of `size` that moves by 1.
  func windows(_ size: Int, over length: Int) -> Int {
    self == .same ? length : max(length - size + 1, 0)
  }

  /// Places of a window of `size` that moves by its own size.
  func blocks(_ size: Int, over length: Int) -> Int {
    self == .same ? (length + size - 1) / size : length / size
  }

  /// Points of padding before the image, as TensorFlow splits "same": the smaller half.
  func before(_ size: Int, stride: Int, over length: Int) -> Int {
    guard self == .same else { return 0 }
    let places = (length + stride - 1) / stride
    return max((places - 1) * stride + size - length, 0) / 2
  }
}
