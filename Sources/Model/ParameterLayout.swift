/// One trainable tensor and where it lies in the flat buffer.
public struct ParameterTensor: Sendable, Equatable {
  /// The layer's position in `Architecture.layers`.
  public var layerIndex: Int
  /// The layer's name: `dense_1`.
  public var layer: String
  /// `kernel` or `bias`.
  public var role: String
  /// Keras's shape: kernels of Conv2D (height, width, in, out), of Dense (in, out); biases (out).
  public var shape: [Int]
  /// Where it starts in the flat buffer.
  public var offset: Int
  /// Whether training changes it: its layer's `trainable`.
  public var trainable = true

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<(offset + count) }
  /// Keras's weight name: `dense_1/kernel:0`.
  public var kerasName: String { "\(layer)/\(role):0" }
}

/// Every trainable number in one flat buffer, in Keras's order (layer by layer, kernel then bias,
/// row-major), so that broadcast, reduction, update and checkpoint are one call each.
public struct ParameterLayout: Sendable, Equatable {
  public let tensors: [ParameterTensor]
  /// All parameters together: 1,002,883 at the defaults.
  public let count: Int

  public init(_ architecture: Architecture) {
    var tensors: [ParameterTensor] = []
    var offset = 0
    func add(_ index: Int, _ role: String, _ shape: [Int]) {
      let tensor = ParameterTensor(
        layerIndex: index, layer: architecture.layers[index].name, role: role, shape: shape,
        offset: offset, trainable: architecture.layers[index].trainable)
      tensors.append(tensor)
      offset += tensor.count
    }
    let inputs = architecture.inputShapes
    for (index, layer) in architecture.layers.enumerated() {
      switch layer.kind {
      case .conv2D(let conv):
        let window = [conv.kernelHeight, conv.kernelWidth]
        add(index, "kernel", window + [inputs[index].channels, conv.filters])
        if conv.useBias { add(index, "bias", [conv.filters]) }
      case .dense(let dense):
        add(index, "kernel", [inputs[index].channels, dense.units])
        if dense.useBias { add(index, "bias", [dense.units]) }
      case .maxPooling2D, .flatten, .dropout, .activation: break
      }
    }
    self.tensors = tensors
    count = offset
  }

  /// The tensors of one layer (by position), kernel first.
  public func tensors(ofLayer index: Int) -> [ParameterTensor] {
    tensors.filter { $0.layerIndex == index }
  }

  /// The tensors that training changes, in order.
  public var trainableTensors: [ParameterTensor] { tensors.filter(\.trainable) }

  /// The parts of the flat buffer that training changes: `trainableTensors`, adjacent ones joined.
  public var trainableRanges: [Range<Int>] {
    var ranges: [Range<Int>] = []
    for tensor in trainableTensors {
      if let last = ranges.last, last.upperBound == tensor.offset {
        ranges[ranges.count - 1] = last.lowerBound..<tensor.range.upperBound
      } else {
        ranges.append(tensor.range)
      }
    }
    return ranges
  }

  public func tensor(_ layer: String, _ role: String) -> ParameterTensor? {
    tensors.first { $0.layer == layer && $0.role == role }
  }
}
