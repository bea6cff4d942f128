/// NeatMS's choice of the probability above which a peak gets the monitored label, on the
/// validation set.
///
/// Source: NeatMS 0.9, `NN_handler.get_true_vs_false_positive_df` and `get_threshold`
/// (`handler.py`). Two differences, where NeatMS fails: it needs a class named `Low_quality`, here
/// every class has a column; and a class without peaks divides by zero there, here its column is nil.
public struct ThresholdTuning: Sendable, Equatable {
  /// The monitored class.
  public let label: String
  /// `numpy.arange(0, 1, 0.01)`.
  public let thresholds: [Double]
  /// Share of the monitored class's peaks at or above each threshold, its recall: NeatMS's `True`.
  /// Nil where the class has no peak.
  public let trueShare: [Double]?
  /// Share of all other peaks at or above each threshold: NeatMS's `False`. Zeros where there are
  /// none.
  public let falseShare: [Double]
  /// The same for each other class, in the order of the outputs; nil where it has no peak. NeatMS's
  /// `False_low` is that of `Low_quality`, its `False_noise` that of all the rest.
  public let falseShareByClass: [(label: String, share: [Double]?)]
  /// The threshold with the largest True − False, the lowest of equals; nil where the class has no
  /// peak.
  public let value: Double?

  public init(_ predictions: LabelledPredictions, label index: Int) {
    let thresholds = (0..<100).map { Double($0) * 0.01 }
    var reached = predictions.classes.map { _ in [Int](repeating: 0, count: 100) }
    for peak in 0..<predictions.count {
      // As NumPy: the float32 probability is widened and compared in double precision.
      let probability = Double(predictions.probability(peak, of: index))
      let truth = Int(predictions.labels[peak])
      for step in 0..<100 where thresholds[step] <= probability { reached[truth][step] += 1 }
    }
    let others = predictions.classes.indices.filter { $0 != index }
    let all = (0..<100).map { step in others.reduce(0) { $0 + reached[$1][step] } }
    let falseShare = ThresholdTuning.normalised(all) ?? thresholds.map { _ in 0 }
    let trueShare = ThresholdTuning.normalised(reached[index])
    falseShareByClass = others.map {
      (predictions.classes[$0], ThresholdTuning.normalised(reached[$0]))
    }
    value = trueShare.map { shares in
      let differences = zip(shares, falseShare).map { $0 - $1 }
      // `max(by:)` would take the last of equals.
      var best = 0
      for step in 1..<100 where differences[step] > differences[best] { best = step }
      return thresholds[best]
    }
    label = predictions.classes[index]
    self.thresholds = thresholds
    self.falseShare = falseShare
    self.trueShare = trueShare
  }

  /// Over the largest; nil where that is 0.
  private static func normalised(_ counts: [Int]) -> [Double]? {
    guard let largest = counts.max(), largest > 0 else { return nil }
    return counts.map { Double($0) / Double(largest) }
  }

  public static func == (a: ThresholdTuning, b: ThresholdTuning) -> Bool {
    a.label == b.label && a.trueShare == b.trueShare && a.falseShare == b.falseShare
      && a.value == b.value && a.falseShareByClass.elementsEqual(b.falseShareByClass, by: ==)
  }
}
