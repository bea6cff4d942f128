import Support

/// Whether a chain of layers is one that `PeakNet` computes.
extension Architecture {
  /// The most parameters of a network. Like the other limits far above any network for peaks, and
  /// low enough that no size overflows and no file makes a program ask for all memory.
  public static let parameterLimit = 1 << 28
  /// The most numbers that the input and all layers together may give for one peak.
  public static let outputLimit = 1 << 21
  /// The most numbers that one convolution may look at for one peak, window by window.
  public static let patchLimit = 1 << 24
  private static let sideLimit = 1 << 20

  /// - Throws: `Failure(.badData)` naming the layer that cannot be built, and why. Nothing else of an
  ///   architecture from outside may be used before: shapes of absurd sizes overflow.
  public func check() throws {
    guard [input.height, input.width, input.channels].allSatisfy({ 1...Self.sideLimit ~= $0 })
    else { throw Failure(.badData, "the input has no usable shape", found: "\(input)") }
    var names: Set<String> = [inputName]
    var shape = input
    var parameters = 0.0
    var outputs = Double(input.height) * Double(input.width) * Double(input.channels)
    for (index, layer) in layers.enumerated() {
      if !names.insert(layer.name).inserted {
        throw layer.unsupported("another layer has the same name")
      }
      try layer.checkSizes(limit: Self.sideLimit)
      try checkOrder(index, of: layer, after: shape)
      parameters += layer.parameterCount(channels: shape.channels)
      guard parameters <= Double(Self.parameterLimit) else {
        throw layer.unsupported("more than \(Self.parameterLimit) parameters up to here")
      }
      let output = layer.outputShape(of: shape)
      outputs += try checkOutput(output, of: layer, input: shape)
      guard outputs <= Double(Self.outputLimit) else {
        throw layer.unsupported("more than \(Self.outputLimit) numbers for one peak up to here")
      }
      shape = output
    }
    try checkEnd(shape)
  }

  private func checkOrder(_ index: Int, of layer: Layer, after shape: SampleShape) throws {
    switch layer.kind {
    case .conv2D, .maxPooling2D:
      if shape.isFlat { throw layer.unsupported("it comes after Flatten") }
    case .flatten, .dense, .dropout, .activation: break
    }
    if layer.activation == .softmax && index + 1 < layers.count {
      throw layer.unsupported("only the last layer may have the activation softmax")
    }
  }

  /// - Returns: the numbers of one peak, as a floating-point number: no overflow.
  private func checkOutput(
    _ shape: SampleShape, of layer: Layer, input: SampleShape
  ) throws -> Double {
    guard shape.height > 0 && shape.width > 0 else {
      throw layer.unsupported("no point is left after it; the matrix size is too small")
    }
    let points = Double(shape.height) * Double(shape.width)
    if case .conv2D(let conv) = layer.kind {
      let window = Double(conv.kernelHeight) * Double(conv.kernelWidth) * Double(input.channels)
      guard points * window <= Double(Self.patchLimit) else {
        throw layer.unsupported("its kernel is too large for the image")
      }
    }
    return points * Double(shape.channels)
  }

  private func checkEnd(_ shape: SampleShape) throws {
    guard let last = layers.last else { throw Failure(.badData, "the network has no layers") }
    guard layers.contains(where: { $0.kind == .flatten }) else {
      throw Failure(.badData, "the network has no Flatten layer")
    }
    guard last.activation == .softmax, shape.channels >= 2 else {
      throw last.unsupported(
        "the last layer must be a softmax over at least 2 classes",
        found: "\(last.activation.rawValue) over \(shape.channels)")
    }
  }
}

extension Layer {
  /// That this layer cannot be built, and why.
  func unsupported(_ why: String, found: String? = nil) -> Failure {
    Failure(.badData, "layer \(name) (\(className)) cannot be used: \(why)", found: found)
  }

  func checkSizes(limit: Int) throws {
    let sizes: [Int]
    switch kind {
    case .conv2D(let conv): sizes = [conv.filters, conv.kernelHeight, conv.kernelWidth]
    case .maxPooling2D(let pool): sizes = [pool.poolHeight, pool.poolWidth]
    case .dense(let dense): sizes = [dense.units]
    case .dropout(let rate):
      guard (0..<1).contains(rate) else {
        throw unsupported("its rate must be at least 0 and below 1", found: "\(rate)")
      }
      sizes = []
    case .flatten, .activation: sizes = []
    }
    if let wrong = sizes.first(where: { !(1...limit).contains($0) }) {
      throw unsupported("its sizes must be 1 … \(limit)", found: "\(wrong)")
    }
    guard l2 >= 0, l2.isFinite else {
      throw unsupported("its L2 factor must be a number that is not negative", found: "\(l2)")
    }
  }

  /// As a floating-point number: no overflow, whatever a file says.
  func parameterCount(channels: Int) -> Double {
    switch kind {
    case .conv2D(let conv):
      let window = Double(conv.kernelHeight) * Double(conv.kernelWidth) * Double(channels)
      return window * Double(conv.filters) + (conv.useBias ? Double(conv.filters) : 0)
    case .dense(let dense):
      return (Double(channels) + (dense.useBias ? 1 : 0)) * Double(dense.units)
    case .maxPooling2D, .flatten, .dropout, .activation: return 0
    }
  }
}
