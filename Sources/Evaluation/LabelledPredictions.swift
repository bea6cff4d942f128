import Support

/// What a model says about labelled peaks: the input of every measure in this module.
public struct LabelledPredictions: Sendable, Equatable {
  /// Class names in the order of the model's outputs.
  public let classes: [String]
  /// The true class of each peak, an index into `classes`.
  public let labels: [Int32]
  /// The model's outputs: peaks × classes, row-major, each row summing to 1.
  public let probabilities: [Float]

  /// - Throws: `Failure`: `.internalError` where the sizes do not fit together, `.badData` where a
  ///   label is out of range or a probability is not a finite number.
  public init(probabilities: [Float], labels: [Int32], classes: [String]) throws {
    guard !classes.isEmpty, probabilities.count == labels.count * classes.count else {
      throw Failure(
        .internalError, "the probabilities do not belong to the labels",
        expected: "\(labels.count) × \(classes.count)", found: "\(probabilities.count)")
    }
    if let peak = labels.firstIndex(where: { !classes.indices.contains(Int($0)) }) {
      throw Failure(
        .badData, "a label is out of range", at: "peak \(peak)",
        expected: "0 … \(classes.count - 1)", found: "\(labels[peak])")
    }
    if let bad = probabilities.firstIndex(where: { !$0.isFinite }) {
      throw Failure(
        .badData, "the model's probability is not a number", at: "peak \(bad / classes.count)",
        found: "\(probabilities[bad])",
        hint: "The model's weights are too large or not finite: its training went wrong.")
    }
    self.classes = classes
    self.labels = labels
    self.probabilities = probabilities
  }

  public var count: Int { labels.count }

  /// One peak's probability of a class.
  public func probability(_ peak: Int, of index: Int) -> Float {
    probabilities[peak * classes.count + index]
  }

  /// The most probable class; of equals the first, as `numpy.argmax`.
  public func predicted(_ peak: Int) -> Int {
    var best = 0
    for index in classes.indices.dropFirst()
    where probability(peak, of: index) > probability(peak, of: best) {
      best = index
    }
    return best
  }
}
