import Support

/// The convolutional base of any chain: Conv2D, MaxPooling2D, Activation, Dropout and Dense, in any
/// order and of any size, up to Flatten. For NeatMS's chain it takes about 2.5 times as long as
/// `ConvBase`.
final class GeneralConvBase: FeatureBase {
  let featureCount: Int
  let features: AlignedBuffer
  private let stages: [any BaseStage]
  /// The lowest stage with trained weights; the backward pass ends there.
  private let lowestTrained: Int?
  private let maxBatch: Int
  /// The gradient of each stage's input, made by the first backward pass.
  private lazy var inputGradients = stages.map { AlignedBuffer(count: maxBatch * $0.inputCount) }

  /// - Parameter architecture: one that `Architecture.check` accepts.
  init(_ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int) {
    self.maxBatch = maxBatch
    let end = architecture.flattenIndex
    stages = (0..<end).compactMap {
      GeneralConvBase.stage($0, of: architecture, layout: layout, maxBatch: maxBatch, lane: lane)
    }
    featureCount = architecture.outputShapes[end].count
    features = stages.last?.output ?? AlignedBuffer(count: maxBatch * featureCount)
    lowestTrained = stages.firstIndex { $0.isTrained }
  }

  var isTrained: Bool { lowestTrained != nil }

  private static func stage(
    _ index: Int, of architecture: Architecture, layout: ParameterLayout, maxBatch: Int, lane: Int
  ) -> (any BaseStage)? {
    let input = architecture.inputShapes[index]
    let output = architecture.outputShapes[index]
    func conv(_ conv: Layer.Conv2D) -> ConvStage {
      ConvStage(
        conv, input: input, output: output, tensors: layout.tensors(ofLayer: index),
        maxBatch: maxBatch, lane: min(lane, maxBatch))
    }
    switch architecture.layers[index].kind {
    case .conv2D(let layer): return conv(layer)
    case .dense(let dense):
      return conv(
        Layer.Conv2D(
          filters: dense.units, kernelHeight: 1, kernelWidth: 1, padding: .valid,
          activation: dense.activation, useBias: dense.useBias, l2: dense.l2))
    case .maxPooling2D(let pool):
      return PoolStage(pool, input: input, output: output, maxBatch: maxBatch)
    case .activation(let activation):
      return ElementStage(activation, input: input, maxBatch: maxBatch)
    case .dropout(let rate):
      let layer = DropoutLayer(
        rate: rate, units: input.count, layerIndex: index, maxBatch: maxBatch)
      return ElementStage(dropout: layer, maxBatch: maxBatch)
    case .flatten: return nil
    }
  }

  func prepare(_ weights: UnsafePointer<Float>, forBackward: Bool) {}

  func forward(
    _ x: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>, mode: PassMode,
    into target: UnsafeMutablePointer<Float>
  ) {
    var input = x
    for stage in stages {
      stage.forward(input, samples: samples, weights: weights, mode: mode)
      input = UnsafePointer(stage.output.pointer)
    }
    guard input != UnsafePointer(target) else { return }
    let start = samples.lowerBound * featureCount
    (target + start).update(from: input + start, count: samples.count * featureCount)
  }

  func backward(
    _ x: UnsafePointer<Float>, _ featureGradient: UnsafeMutablePointer<Float>,
    samples: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    progress: () throws -> Void
  ) rethrows {
    guard let lowestTrained else { return }
    var gradient = featureGradient
    for index in stages.indices[lowestTrained...].reversed() {
      let input = index > 0 ? UnsafePointer(stages[index - 1].output.pointer) : x
      let target = index > lowestTrained ? inputGradients[index].pointer : nil
      try stages[index].backward(
        input, outputGradient: gradient, samples: samples, weights: weights, gradients: gradients,
        into: target, progress: progress)
      if let target { gradient = target }
      try progress()
    }
  }
}
