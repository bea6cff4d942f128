import Support

/// The classifier: every layer after Flatten (Dense, Dropout and Activation), ending in softmax.
public final class Classifier {
  enum Step {
    case dense(DenseLayer)
    case activation(ActivationLayer)
    /// Works in place on what the step before it gave. That of a Dense layer with relu is part of its step.
    case dropout(DropoutLayer)
  }

  public let featureCount: Int
  public let classCount: Int
  let steps: [Step]
  let dense: [DenseLayer]
  /// For each step whether something at or below it is trained, the conv base included.
  let trainedBelow: [Bool]
  private let baseIsTrained: Bool
  /// The logits of the batch, `count` × classes, until `softmax` or the loss replaces them.
  let logits: UnsafeMutablePointer<Float>
  /// Their gradient, where the backward pass starts.
  let logitGradient: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - architecture: one that `Architecture.check` accepts.
  ///   - baseIsTrained: whether the conv base wants the gradient of the features.
  init(_ architecture: Architecture, layout: ParameterLayout, maxBatch: Int, baseIsTrained: Bool) {
    let flatten = architecture.flattenIndex
    let steps = architecture.layers.indices.dropFirst(flatten + 1).compactMap {
      Classifier.step($0, of: architecture, layout: layout, maxBatch: maxBatch)
    }
    dense = steps.compactMap { if case .dense(let layer) = $0 { layer } else { nil } }
    var trained = baseIsTrained
    trainedBelow = steps.map { step in
      if case .dense(let layer) = step { trained = trained || layer.isTrained }
      return trained
    }
    guard let last = Classifier.values(after: steps[...]) else {
      preconditionFailure("a classifier without softmax: Architecture.check was not asked")
    }
    (logits, logitGradient) = (last.output.pointer, last.gradient.pointer)
    self.steps = steps
    self.baseIsTrained = baseIsTrained
    featureCount = architecture.outputShapes[flatten].count
    classCount = architecture.classCount
  }

  private static func step(
    _ index: Int, of architecture: Architecture, layout: ParameterLayout, maxBatch: Int
  ) -> Step? {
    let units = architecture.inputShapes[index].count
    switch architecture.layers[index].kind {
    case .dense(let layer):
      let tensors = layout.tensors(ofLayer: index)
      return .dense(
        DenseLayer(
          inputs: units, layer, tensors: tensors, maxBatch: maxBatch,
          dropout: fusedDropout(after: index, of: architecture, maxBatch: maxBatch)))
    case .activation(let activation):
      return .activation(ActivationLayer(activation, units: units, maxBatch: maxBatch))
    case .dropout(let rate):
      guard !isFused(index, of: architecture) else { return nil }
      return .dropout(
        DropoutLayer(rate: rate, units: units, layerIndex: index, maxBatch: maxBatch))
    case .flatten, .conv2D, .maxPooling2D: return nil
    }
  }

  /// Whether this is a Dropout layer right behind a Dense layer with relu.
  private static func isFused(_ index: Int, of architecture: Architecture) -> Bool {
    guard architecture.layers.indices.contains(index),
      case .dropout = architecture.layers[index].kind,
      case .dense(let layer) = architecture.layers[index - 1].kind
    else { return false }
    return layer.activation == .relu
  }

  private static func fusedDropout(
    after index: Int, of architecture: Architecture, maxBatch: Int
  ) -> DropoutLayer? {
    guard isFused(index + 1, of: architecture),
      case .dropout(let rate) = architecture.layers[index + 1].kind, rate > 0
    else { return nil }
    let units = architecture.inputShapes[index + 1].count
    return DropoutLayer(rate: rate, units: units, layerIndex: index + 1, maxBatch: maxBatch)
  }

  /// Output and gradient of the last of `steps` with its own; nil: the features.
  private static func values(
    after steps: ArraySlice<Step>
  ) -> (output: AlignedBuffer, gradient: AlignedBuffer)? {
    for step in steps.reversed() {
      switch step {
      case .dense(let layer): return (layer.output, layer.outputGradient)
      case .activation(let layer): return (layer.output, layer.outputGradient)
      case .dropout: continue
      }
    }
    return nil
  }

  /// Whether a training pass works in place on the features.
  func changesFeatures(_ mode: PassMode) -> Bool {
    guard mode.dropout != nil, case .dropout(let layer)? = steps.first else { return false }
    return layer.rate > 0
  }

  /// - Parameter features: changed only where `changesFeatures` says so.
  func forward(
    _ features: UnsafeMutablePointer<Float>, count: Int, weights: UnsafePointer<Float>,
    mode: PassMode
  ) {
    run(steps[...], on: features, count: count, weights: weights, mode: mode)
  }

  /// Forward through some of the steps, from the output of what is below them.
  func run(
    _ steps: ArraySlice<Step>, on input: UnsafeMutablePointer<Float>, count: Int,
    weights: UnsafePointer<Float>, mode: PassMode
  ) {
    var values = input
    for step in steps {
      switch step {
      case .dense(let layer):
        layer.forward(values, count: count, weights: weights, mode: mode)
        values = layer.output.pointer
      case .activation(let layer):
        layer.forward(values, count: count, mode: mode)
        values = layer.output.pointer
      case .dropout(let layer):
        if let key = mode.dropout, layer.rate > 0 {
          layer.forward(values, samples: 0..<count, key: key)
        }
      }
    }
  }

  /// Every gradient of the classifier's trained layers, from the gradient of the logits in
  /// `logitGradient`, down to the lowest layer that is trained. The gradient of the features is left
  /// to `backwardFeatures`, so that these 98 % of all gradients can be sent meanwhile.
  func backwardParameters(
    _ features: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>, dropped: Bool,
    gradients: UnsafeMutablePointer<Float>
  ) {
    for index in steps.indices.reversed() where trainedBelow[index] {
      backward(
        index, features, count: count, weights: weights, dropped: dropped, gradients: gradients)
    }
  }

  /// Backward through one step: its gradients, and that of the output below it where that is wanted
  /// and not the features.
  func backward(
    _ index: Int, _ features: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>,
    dropped: Bool, gradients: UnsafeMutablePointer<Float>
  ) {
    let below = Classifier.values(after: steps[..<index])
    let passesOn = index > 0 ? trainedBelow[index - 1] : baseIsTrained
    let target = passesOn ? below?.gradient.pointer : nil
    switch steps[index] {
    case .dense(let layer):
      layer.backwardActivation(count: count, dropped: dropped)
      if layer.isTrained {
        let x = below.map { UnsafePointer($0.output.pointer) } ?? features
        layer.backwardParameters(x, count: count, gradients: gradients)
      }
      if let target { layer.backwardInput(count: count, weights: weights, into: target) }
    case .activation(let layer):
      if let target { layer.backward(count: count, into: target) }
    case .dropout(let layer):
      if let target, dropped && layer.rate > 0 { layer.backward(target, samples: 0..<count) }
    }
  }

  /// The gradient of the features, `count` × featureCount.
  func backwardFeatures(
    count: Int, weights: UnsafePointer<Float>, dropped: Bool,
    into target: UnsafeMutablePointer<Float>
  ) {
    for step in steps {
      switch step {
      case .dense(let layer):
        layer.backwardInput(count: count, weights: weights, into: target)
      case .activation(let layer): layer.backward(count: count, into: target)
      case .dropout: continue
      }
      break
    }
    for step in steps {
      guard case .dropout(let layer) = step else { break }
      if dropped && layer.rate > 0 { layer.backward(target, samples: 0..<count) }
    }
  }
}
