import Support

/// The classifier: every layer after Flatten, Dense and Dropout, ending in softmax.
public final class Classifier {
  private enum Step {
    case dense(DenseLayer)
    case dropout(DropoutLayer)
  }

  public let featureCount: Int
  public let classCount: Int
  private let steps: [Step]
  let dense: [DenseLayer]

  /// - Throws: `Failure(.badData)` where the last layer is not a softmax Dense, or another is one.
  init(_ architecture: Architecture, layout: ParameterLayout, maxBatch: Int) throws {
    let flatten = architecture.layers.firstIndex { $0.kind == .flatten } ?? -1
    let shapes = architecture.inputShapes
    var steps: [Step] = []
    var dense: [DenseLayer] = []
    for index in architecture.layers.indices.dropFirst(flatten + 1) {
      let layer = architecture.layers[index]
      switch layer.kind {
      case .dense(let units, let activation, _):
        let tensors = layout.tensors(ofLayer: index)
        dense.append(
          DenseLayer(
            inputs: shapes[index].count, units: units, activation: activation, kernel: tensors[0],
            bias: tensors[1], maxBatch: maxBatch))
        steps.append(.dense(dense[dense.count - 1]))
      case .dropout(let rate):
        steps.append(
          .dropout(
            DropoutLayer(
              rate: rate, units: shapes[index].count, layerIndex: index, maxBatch: maxBatch)))
      case .conv2D, .maxPooling2D, .flatten:
        throw Failure(
          .badData,
          "layer \(layer.name) (\(layer.className)) cannot be built after the Flatten layer")
      }
    }
    guard let last = dense.last, last.activation == .softmax,
      !dense.dropLast().contains(where: { $0.activation == .softmax }),
      case .dense? = steps.last
    else {
      throw Failure(
        .badData, "the network must end in one Dense layer with softmax, and have no other softmax")
    }
    self.steps = steps
    self.dense = dense
    featureCount = dense[0].inputs
    classCount = last.units
  }

  /// The logits of the batch, `count` × classes, until `softmax` or the loss replaces them.
  var logits: UnsafeMutablePointer<Float> { dense[dense.count - 1].output.pointer }

  /// - Parameter dropout: nil in inference.
  func forward(
    _ features: UnsafeMutablePointer<Float>, count: Int, weights: UnsafePointer<Float>,
    dropout: DropoutKey?
  ) {
    var values = features
    for step in steps {
      switch step {
      case .dense(let layer):
        layer.forward(values, count: count, weights: weights)
        values = layer.output.pointer
      case .dropout(let layer):
        if let dropout, layer.rate > 0 { layer.forward(values, count: count, key: dropout) }
      }
    }
  }

  /// Every gradient of the classifier, from the gradient of the logits in the last layer's
  /// `outputGradient`. The gradient of the features is left to `backwardFeatures`, so that these
  /// 98 % of all gradients can be sent meanwhile.
  func backwardParameters(
    _ features: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>, dropped: Bool,
    gradients: UnsafeMutablePointer<Float>
  ) {
    var remaining = dense.count
    for step in steps.reversed() {
      switch step {
      case .dense(let layer):
        remaining -= 1
        let below = remaining > 0 ? dense[remaining - 1] : nil
        layer.backwardParameters(
          below.map { UnsafePointer($0.output.pointer) } ?? features, count: count,
          gradients: gradients)
        if let below {
          layer.backwardInput(count: count, weights: weights, into: below.outputGradient.pointer)
        }
      case .dropout(let layer):
        if remaining > 0 && dropped && layer.rate > 0 {
          layer.backward(dense[remaining - 1].outputGradient.pointer, count: count)
        }
      }
    }
  }

  /// The gradient of the features, `count` × featureCount.
  func backwardFeatures(
    count: Int, weights: UnsafePointer<Float>, dropped: Bool,
    into target: UnsafeMutablePointer<Float>
  ) {
    dense[0].backwardInput(count: count, weights: weights, into: target)
    for step in steps {
      guard case .dropout(let layer) = step else { break }
      if dropped && layer.rate > 0 { layer.backward(target, count: count) }
    }
  }
}
