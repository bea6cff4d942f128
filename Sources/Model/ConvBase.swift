import CKernels
import Support

/// The convolutional base: every layer up to and with Flatten. Turns (2, matrix size) matrices into
/// feature rows in Keras's Flatten order (row, point, channel).
///
/// Works through the batch in lanes of samples whose activations fit the L2 cache.
public final class ConvBase {
  /// Floats of one sample's features: 7,680 at the defaults.
  public let featureCount: Int
  let convolutions: [ConvLayer]
  let input: SampleShape
  let lane: Int
  /// Features of the batch, `count` × `featureCount`.
  let features: AlignedBuffer
  /// The gradient of a lane's input, for each convolution but the first.
  private let inputGradients: [AlignedBuffer]
  private let flatStrides: OutputStrides

  /// - Throws: `Failure(.badData)` for a chain that is not convolutions, each with at most one
  ///   pooling after it, and then Flatten.
  init(_ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int) throws {
    input = architecture.input
    self.lane = min(lane, max(maxBatch, 1))
    convolutions = try ConvBase.build(
      architecture, layout: layout, maxBatch: maxBatch, lane: self.lane)
    let last = convolutions[convolutions.count - 1]
    featureCount = last.input.height * last.pooledWidth * last.filters
    flatStrides = .flat(
      height: last.input.height, width: last.pooledWidth, channels: last.filters)
    features = AlignedBuffer(count: maxBatch * featureCount)
    let lane = self.lane
    inputGradients = convolutions.dropFirst().map {
      AlignedBuffer(count: lane * $0.sampleRows * $0.inputRow)
    }
  }

  private static func build(
    _ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int
  ) throws -> [ConvLayer] {
    var convolutions: [ConvLayer] = []
    let shapes = architecture.inputShapes
    let layers = architecture.layers
    for (index, layer) in layers.enumerated() {
      switch layer.kind {
      case .conv2D(let filters, let kernelHeight, let kernelWidth, let activation):
        var pool = 1
        if index + 1 < layers.count, case .maxPooling2D(let width) = layers[index + 1].kind {
          pool = width
        }
        guard activation != .softmax else { throw unsupported(layer, "softmax activation") }
        let tensors = layout.tensors(ofLayer: index)
        guard shapes[index].width / pool > 0 else {
          throw unsupported(layer, "no point left after pooling; the matrix size is too small")
        }
        convolutions.append(
          ConvLayer(
            input: shapes[index], filters: filters, kernelHeight: kernelHeight,
            kernelWidth: kernelWidth, relu: activation == .relu, pool: pool, kernel: tensors[0],
            bias: tensors[1], maxBatch: maxBatch, lane: lane))
      case .maxPooling2D:
        guard index > 0, case .conv2D = layers[index - 1].kind else {
          throw unsupported(layer, "a pooling that does not follow a convolution")
        }
      case .flatten:
        guard !convolutions.isEmpty else { throw unsupported(layer, "no convolution before it") }
        return convolutions
      case .dense, .dropout: throw unsupported(layer, "a layer of this kind before Flatten")
      }
    }
    throw Failure(.badData, "the network has no Flatten layer")
  }

  private static func unsupported(_ layer: Layer, _ why: String) -> Failure {
    Failure(.badData, "layer \(layer.name) (\(layer.className)) cannot be built: \(why)")
  }

  /// Rearranges the kernels; once after the weights changed.
  func prepare(_ weights: UnsafePointer<Float>, forBackward: Bool) {
    for (index, convolution) in convolutions.enumerated() {
      convolution.rearrangeKernel(weights, forBackward: forBackward && index > 0)
    }
  }

  private func strides(after index: Int) -> OutputStrides {
    index + 1 < convolutions.count ? .padded(convolutions[index + 1]) : flatStrides
  }

  /// Fills `features` from `x` (`count` × 2 × matrix size). `prepare` must have been called.
  func forward(_ x: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>) {
    for first in stride(from: 0, to: count, by: lane) {
      let samples = min(lane, count - first)
      let entry = convolutions[0]
      ck_pack_input(
        x + first * input.count, entry.points(samples, output: flatStrides),
        entry.inputPointer(first))
      for (index, convolution) in convolutions.enumerated() {
        let isLast = index + 1 == convolutions.count
        let output =
          isLast
          ? features.pointer + first * featureCount : convolutions[index + 1].inputPointer(first)
        convolution.forward(
          first: first, count: samples, weights: weights, output: output,
          strides: strides(after: index))
      }
    }
  }

  /// From the gradient of the features to the gradients of kernels and biases, written to their
  /// places in `gradients`; `progress` is called after every lane.
  func backward(
    _ featureGradient: UnsafePointer<Float>, count: Int, gradients: UnsafeMutablePointer<Float>,
    progress: () throws -> Void
  ) rethrows {
    for convolution in convolutions {
      (gradients + convolution.bias.offset).update(repeating: 0, count: convolution.bias.count)
      if count == 0 { convolution.wideGradient.fill(0) }
    }
    for first in stride(from: 0, to: count, by: lane) {
      let samples = min(lane, count - first)
      var gradient = featureGradient + first * featureCount
      for index in convolutions.indices.reversed() {
        let target = index > 0 ? inputGradients[index - 1].pointer : nil
        convolutions[index].backward(
          first: first, count: samples, isFirstLane: first == 0, outputGradient: gradient,
          strides: strides(after: index), gradients: gradients, inputGradient: target)
        if let target { gradient = UnsafePointer(target) }
      }
      try progress()
    }
    for convolution in convolutions { convolution.foldKernelGradient(into: gradients) }
  }
}
