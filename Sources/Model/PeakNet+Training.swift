import Support

/// What one rank's part of a training step needs besides the samples.
public struct StepContext: Sendable {
  /// Samples of the whole batch over all ranks: the mean's divisor.
  public var globalCount: Int
  /// nil trains without dropout.
  public var dropout: DropoutKey?
  /// Keras's `class_weight`, a weight for each class.
  public var classWeights: [Float]?

  public init(globalCount: Int, dropout: DropoutKey?, classWeights: [Float]? = nil) {
    self.globalCount = globalCount
    self.dropout = dropout
    self.classWeights = classWeights
  }
}

extension PeakNet {
  /// Forward and backward over one rank's part of the batch.
  ///
  /// `gradients` (flat, the order of `layout`) gets this part's share of the gradient of the mean
  /// cross-entropy over the whole batch, so that the ranks' buffers only have to be added. The L2
  /// term is left to the optimizer, where it enters once. Frozen layers' places are left alone, and
  /// nothing is computed below the lowest layer that is trained.
  ///
  /// - Parameters:
  ///   - x: `count` × 2 × matrix size; `count` may be 0.
  ///   - labels: `count` class indices.
  ///   - classifierReady: called once the gradients of `classifierRange` are complete; the conv
  ///     base's backward pass follows.
  ///   - progress: called now and then meanwhile.
  /// - Returns: sums over this part, without L2.
  public func trainStep(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int, context: StepContext,
    gradients: UnsafeMutablePointer<Float>, classifierReady: () throws -> Void = {},
    progress: () throws -> Void = {}
  ) throws -> MetricSums {
    precondition(count <= maxBatch)
    convBase.prepare(weights.pointer, forBackward: true)
    convBase.forward(
      x, samples: 0..<count, weights: weights.pointer, mode: .training(context.dropout))
    let sums = trainClassifier(
      convBase.features.pointer, labels: labels, count: count, context: context,
      gradients: gradients)
    try classifierReady()
    guard convBase.isTrained else { return sums }
    if count > 0 {
      classifier.backwardFeatures(
        count: count, weights: weights.pointer, dropped: context.dropout != nil,
        into: featureGradient.pointer)
    }
    try progress()
    try convBase.backward(
      x, featureGradient.pointer, samples: 0..<count, weights: weights.pointer,
      gradients: gradients, progress: progress)
    return sums
  }

  /// Forward through the classifier, the loss, and backward down to the classifier's lowest layer
  /// that is trained.
  func trainClassifier(
    _ features: UnsafeMutablePointer<Float>, labels: UnsafePointer<Int32>, count: Int,
    context: StepContext, gradients: UnsafeMutablePointer<Float>
  ) -> MetricSums {
    classifier.forward(
      features, count: count, weights: weights.pointer, mode: .training(context.dropout))
    let sums = categoricalCrossEntropy(
      classifier.logits, labels: labels, count: count, classes: classifier.classCount,
      classWeights: context.classWeights, globalCount: context.globalCount,
      gradient: classifier.logitGradient)
    classifier.backwardParameters(
      features, count: count, weights: weights.pointer, dropped: context.dropout != nil,
      gradients: gradients)
    return sums
  }
}
