import Model
import Support

/// Models for programs other than Keras: ONNX, with the input that Keras has, (N, 2, points, 1).
public enum ONNXFile {
  /// Writes the network as it predicts: without dropout and without anything that only training
  /// needs. The input `peaks` is (N, 2, matrix size, 1), the output `probabilities` (N, classes).
  /// Class names, margin and minimum scans are in the metadata. The file appears whole or not at all.
  /// - Throws: `Failure`: `.cannotCreate` or `.inputOutput` for the file; `.badData` for weights that
  ///   are not finite.
  public static func write(_ model: KerasModel, to path: String) throws {
    try KerasFile.check(model, path)
    var converter = ONNXConverter(model)
    let bytes = converter.convert(facts(model))
    try AtomicFile.write(to: path) { try bytes.write(to: $0, named: path) }
  }

  private static func facts(_ model: KerasModel) -> [(key: String, value: String)] {
    var facts = [("matrix_size", "\(model.architecture.matrixSize)")]
    if let classes = model.classes {
      facts.append(("classes", JSON.array(classes.map(JSON.string)).text))
    }
    if let margin = model.margin { facts.append(("margin", "\(margin)")) }
    if let count = model.minScanNum { facts.append(("min_scan_num", "\(count)")) }
    return facts
  }
}

/// Makes operators of layers, one after another.
///
/// ONNX's convolutions and poolings want channels before rows and points, Keras has them last.
/// Between two of them the order stays ONNX's; it is put back where a layer needs Keras's.
struct ONNXConverter {
  let model: KerasModel
  var graph = ONNXGraph()
  /// The name of what the last operator gave.
  var current = "peaks"
  /// Whether `current` has its channels first.
  var isChannelsFirst = false

  init(_ model: KerasModel) { self.model = model }

  mutating func convert(_ facts: [(key: String, value: String)]) -> [UInt8] {
    let architecture = model.architecture
    let layout = ParameterLayout(architecture)
    for (index, (layer, input)) in zip(architecture.layers, architecture.inputShapes).enumerated() {
      let tensors = layout.tensors(ofLayer: index)
      // With a slash no layer's name can be that of the input or the output.
      let name = "\(layer.name)/\(layer.className)"
      switch layer.kind {
      case .conv2D(let conv): convolve(name, conv, tensors, input)
      case .maxPooling2D(let pool): self.pool(name, pool, input)
      case .flatten:
        putChannels(first: false, before: name)
        current = graph.add("Flatten", name, [current], [("axis", .int(1))])
      case .dense: multiply(name, tensors, input)
      case .dropout, .activation: break
      }
      activate(layer.name, layer.activation)
    }
    current = graph.add("Identity", "probabilities", [current])
    let input = architecture.input
    return graph.model(
      name: architecture.name,
      input: ("peaks", [input.height, input.width, input.channels]),
      output: (current, [architecture.classCount]), producerVersion: packageVersion, facts: facts)
  }

  private func values(_ tensor: ParameterTensor) -> [Float] {
    Array(model.weights[tensor.range])
  }

  private mutating func putChannels(first: Bool, before layer: String) {
    if first == isChannelsFirst { return }
    current = graph.add(
      "Transpose", "\(layer)/transpose", [current],
      [("perm", .ints(first ? [0, 3, 1, 2] : [0, 2, 3, 1]))])
    isChannelsFirst = first
  }

  private mutating func convolve(
    _ name: String, _ conv: Layer.Conv2D, _ tensors: [ParameterTensor], _ input: SampleShape
  ) {
    putChannels(first: true, before: name)
    let shape = tensors[0].shape
    // Keras: (height, width, in, out); ONNX: (out, in, height, width).
    let kernel = ONNXConverter.transposed(values(tensors[0]), shape)
    var inputs = [
      current,
      graph.add("\(name)/kernel", kernel, shape: [shape[3], shape[2], shape[0], shape[1]]),
    ]
    if tensors.count > 1 {
      inputs.append(graph.add("\(name)/bias", values(tensors[1]), shape: tensors[1].shape))
    }
    let size = [conv.kernelHeight, conv.kernelWidth]
    current = graph.add(
      "Conv", name, inputs,
      [
        ("kernel_shape", .ints(size)), ("strides", .ints([1, 1])),
        ("pads", .ints(pads(conv.padding, size, [1, 1], input))),
      ])
  }

  private mutating func pool(
    _ name: String, _ pool: Layer.MaxPooling2D, _ input: SampleShape
  ) {
    putChannels(first: true, before: name)
    let size = [pool.poolHeight, pool.poolWidth]
    current = graph.add(
      "MaxPool", name, [current],
      [
        ("kernel_shape", .ints(size)), ("strides", .ints(size)),
        ("pads", .ints(pads(pool.padding, size, size, input))),
      ])
  }

  /// Above, left, below, right. "same" puts the smaller half first, as TensorFlow does.
  private func pads(
    _ padding: Padding, _ size: [Int], _ strides: [Int], _ input: SampleShape
  ) -> [Int] {
    if padding == .valid { return [0, 0, 0, 0] }
    let totals = zip(zip(size, strides), [input.height, input.width]).map { window, length in
      let places = (length + window.1 - 1) / window.1
      return max((places - 1) * window.1 + window.0 - length, 0)
    }
    return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
  }

  private mutating func multiply(
    _ name: String, _ tensors: [ParameterTensor], _ input: SampleShape
  ) {
    putChannels(first: false, before: name)
    let kernel = graph.add("\(name)/kernel", values(tensors[0]), shape: tensors[0].shape)
    guard tensors.count > 1 else {
      current = graph.add("MatMul", name, [current, kernel])
      return
    }
    let bias = graph.add("\(name)/bias", values(tensors[1]), shape: tensors[1].shape)
    if input.isFlat {
      current = graph.add("Gemm", name, [current, kernel, bias])
    } else {
      let product = graph.add("MatMul", "\(name)/product", [current, kernel])
      current = graph.add("Add", name, [product, bias])
    }
  }

  static func transposed(_ kernel: [Float], _ shape: [Int]) -> [Float] {
    let (window, inputs, outputs) = (shape[0] * shape[1], shape[2], shape[3])
    var result = [Float](repeating: 0, count: kernel.count)
    for place in 0..<window {
      for input in 0..<inputs {
        for output in 0..<outputs {
          result[(output * inputs + input) * window + place] =
            kernel[(place * inputs + input) * outputs + output]
        }
      }
    }
    return result
  }
}
