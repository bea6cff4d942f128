import Support

/// Passes over features that were computed before: with a frozen conv base they never change.
extension PeakNet {
  /// Computes the conv base's output of any number of peaks, in Keras's Flatten order.
  ///
  /// - Parameters:
  ///   - x: `count` × 2 × matrix size.
  ///   - features: gets `count` × `featureCount` numbers.
  public func computeFeatures(
    _ x: UnsafePointer<Float>, count: Int, into features: UnsafeMutablePointer<Float>
  ) {
    convBase.prepare(weights.pointer, forBackward: false)
    forEachPart(of: count) { first, samples in
      convBase.forward(
        x + first * architecture.input.count, samples: 0..<samples, weights: weights.pointer,
        mode: .inference)
      (features + first * featureCount).update(
        from: convBase.features.pointer, count: samples * featureCount)
    }
  }

  /// As `trainStep` over the peaks that have these features.
  ///
  /// The conv base must be frozen (`trainsConvBase` false) and hold no dropout, which draws new masks
  /// in every step (`featuresAreFixed`).
  /// - Parameter features: `count` × `featureCount`, as `computeFeatures` gave them.
  public func trainStep(
    features: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int, context: StepContext,
    gradients: UnsafeMutablePointer<Float>, classifierReady: () throws -> Void = {}
  ) throws -> MetricSums {
    precondition(count <= maxBatch && featuresAreFixed)
    var values = UnsafeMutablePointer(mutating: features)
    if classifier.changesFeatures(.training(context.dropout)) {
      values = convBase.features.pointer
      values.update(from: features, count: count * featureCount)
    }
    let sums = trainClassifier(
      values, labels: labels, count: count, context: context, gradients: gradients)
    try classifierReady()
    return sums
  }

  /// Whether the features of a peak stay the same through a training: nothing before Flatten is
  /// trained or drops units.
  public var featuresAreFixed: Bool {
    !trainsConvBase && !architecture.dropsBeforeFlatten
  }

  /// As `predict` over the peaks that have these features.
  public func predict(
    features: UnsafePointer<Float>, count: Int, into probabilities: UnsafeMutablePointer<Float>
  ) {
    forEachPart(of: count) { first, samples in
      inferLogits(features: features + first * featureCount, count: samples)
      writeProbabilities(first, samples, to: probabilities)
    }
  }

  /// As `evaluate` over the peaks that have these features.
  public func evaluate(
    features: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int
  ) -> MetricSums {
    var sums = MetricSums()
    forEachPart(of: count) { first, samples in
      inferLogits(features: features + first * featureCount, count: samples)
      sums += measure(labels + first, count: samples)
    }
    return sums
  }

  private func inferLogits(features: UnsafePointer<Float>, count: Int) {
    // Inference changes no features: only dropout works in place.
    classifier.forward(
      UnsafeMutablePointer(mutating: features), count: count, weights: weights.pointer,
      mode: .inference)
  }
}
