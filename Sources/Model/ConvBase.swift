import CKernels
import Support

/// The convolutional base of NeatMS's kind: convolutions with "same" padding, a bias and relu (or
/// no activation), each with at most one pooling along the points after it, then Flatten. Any other
/// chain is `GeneralConvBase`'s.
///
/// Works through the batch in lanes of samples whose activations fit the L2 cache.
final class ConvBase: FeatureBase {
  let featureCount: Int
  let convolutions: [ConvLayer]
  let input: SampleShape
  let lane: Int
  let features: AlignedBuffer
  /// The lowest convolution that is trained; the backward pass ends there.
  private let lowestTrained: Int?
  private let trained: [ConvLayer]
  /// The gradient of a lane's input, for each convolution but the first.
  private let inputGradients: [AlignedBuffer]
  private let flatStrides: OutputStrides
  /// Floats from one sample's features to the next.
  private let row: Int

  /// - Parameters:
  ///   - architecture: one that `Architecture.check` accepts.
  ///   - row: floats from one sample's features to the next, in memory of somebody else; nil: `featureCount`, in
  ///     `features` or memory like it.
  /// - Returns: nil for a chain of another kind.
  init?(
    _ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int, row: Int? = nil
  ) {
    input = architecture.input
    self.lane = min(lane, max(maxBatch, 1))
    guard
      let convolutions = ConvBase.build(
        architecture, layout: layout, maxBatch: maxBatch, lane: self.lane),
      let last = convolutions.last
    else { return nil }
    self.convolutions = convolutions
    featureCount = last.input.height * last.pooledWidth * last.filters
    self.row = row ?? featureCount
    flatStrides = .flat(width: last.pooledWidth, channels: last.filters, row: self.row)
    features = AlignedBuffer(count: row == nil ? maxBatch * featureCount : 0)
    lowestTrained = convolutions.firstIndex(where: \.isTrained)
    trained = convolutions.filter(\.isTrained)
    let lane = self.lane
    inputGradients = convolutions.dropFirst().map {
      AlignedBuffer(count: lane * $0.sampleRows * $0.inputRow)
    }
  }

  /// Whether it can compute these layers.
  static func handles(_ architecture: Architecture) -> Bool {
    let layers = architecture.layers[..<architecture.flattenIndex]
    return layers.indices.allSatisfy { index in
      switch layers[index].kind {
      case .conv2D(let conv):
        return conv.padding == .same && conv.useBias && [.linear, .relu].contains(conv.activation)
      case .maxPooling2D(let pool):
        // The winner's place in the pool is kept in a byte.
        guard pool.poolHeight == 1, pool.poolWidth < 255, pool.padding == .valid, index > 0,
          case .conv2D = layers[index - 1].kind
        else { return false }
        return true
      case .flatten, .dense, .dropout, .activation: return false
      }
    }
  }

  private static func build(
    _ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int
  ) -> [ConvLayer]? {
    guard handles(architecture) else { return nil }
    var convolutions: [ConvLayer] = []
    let shapes = architecture.inputShapes
    let layers = architecture.layers[..<architecture.flattenIndex]
    for (index, layer) in layers.enumerated() {
      guard case .conv2D(let conv) = layer.kind else { continue }
      var pool = 1
      if index + 1 < layers.count, case .maxPooling2D(let next) = layers[index + 1].kind {
        pool = next.poolWidth
      }
      let tensors = layout.tensors(ofLayer: index)
      convolutions.append(
        ConvLayer(
          input: shapes[index], filters: conv.filters, kernelHeight: conv.kernelHeight,
          kernelWidth: conv.kernelWidth, relu: conv.activation == .relu, pool: pool,
          kernel: tensors[0], bias: tensors[1], maxBatch: maxBatch, lane: lane))
    }
    return convolutions
  }

  var isTrained: Bool { lowestTrained != nil }

  /// Rearranges the kernels.
  func prepare(_ weights: UnsafePointer<Float>, forBackward: Bool) {
    for (index, convolution) in convolutions.enumerated() {
      let passesOn = forBackward && index > lowestTrained ?? index
      convolution.rearrangeKernel(weights, forBackward: passesOn)
    }
  }

  private func strides(after index: Int) -> OutputStrides {
    index + 1 < convolutions.count ? .padded(convolutions[index + 1]) : flatStrides
  }

  func forward(
    _ x: UnsafePointer<Float>, samples all: Range<Int>, weights: UnsafePointer<Float>,
    mode: PassMode, into target: UnsafeMutablePointer<Float>
  ) {
    for first in stride(from: all.lowerBound, to: all.upperBound, by: lane) {
      let samples = min(lane, all.upperBound - first)
      let entry = convolutions[0]
      ck_pack_input(
        x + first * input.count, entry.points(samples, output: flatStrides),
        entry.inputPointer(first))
      for (index, convolution) in convolutions.enumerated() {
        let isLast = index + 1 == convolutions.count
        let output =
          isLast
          ? target + first * row : convolutions[index + 1].inputPointer(first)
        convolution.forward(
          first: first, count: samples, weights: weights, output: output,
          strides: strides(after: index))
      }
    }
  }

  /// `progress` is called after every convolution of every lane.
  func backward(
    _ x: UnsafePointer<Float>, _ featureGradient: UnsafeMutablePointer<Float>,
    samples all: Range<Int>, weights: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>,
    progress: () throws -> Void
  ) rethrows {
    guard let lowestTrained else { return }
    for convolution in trained {
      (gradients + convolution.bias.offset).update(repeating: 0, count: convolution.bias.count)
      if all.isEmpty { convolution.clearKernelGradient() }
    }
    for first in stride(from: all.lowerBound, to: all.upperBound, by: lane) {
      let samples = min(lane, all.upperBound - first)
      var gradient = UnsafePointer(featureGradient + first * row)
      for index in convolutions.indices[lowestTrained...].reversed() {
        let target = index > lowestTrained ? inputGradients[index - 1].pointer : nil
        convolutions[index].backward(
          first: first, count: samples, isFirstLane: first == all.lowerBound,
          outputGradient: gradient,
          strides: strides(after: index), gradients: gradients, inputGradient: target)
        if let target { gradient = UnsafePointer(target) }
        try progress()
      }
    }
    for convolution in trained { convolution.foldKernelGradient(into: gradients) }
  }
}
