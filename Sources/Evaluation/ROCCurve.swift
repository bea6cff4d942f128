/// Receiver operating characteristic of one class against all others: scikit-learn 1.3's
/// `roc_curve` and `roc_auc_score`.
public struct ROCCurve: Sendable, Equatable {
  public struct Point: Sendable, Equatable {
    /// Share of the other classes' peaks at or above the threshold.
    public var falsePositiveRate: Double
    /// Share of the class's peaks at or above it.
    public var truePositiveRate: Double
    /// A probability; infinite for the first point, where nothing is called positive.
    public var threshold: Float
  }

  /// The name of the class.
  public let label: String
  /// By falling threshold, from (0, 0) to (1, 1), without points on a straight line between others.
  public let points: [Point]

  /// - Returns: nil where the class, or every other, has no peak: the curve is undefined then.
  public init?(_ predictions: LabelledPredictions, label index: Int) {
    label = predictions.classes[index]
    let ranked = (0..<predictions.count)
      .map { (predictions.probability($0, of: index), Int(predictions.labels[$0]) == index) }
      .sorted { $0.0 > $1.0 }
    var counts: [Count] = [(.infinity, 0, 0)]
    for (probability, isPositive) in ranked {
      if counts[counts.count - 1].threshold != probability {
        let last = counts[counts.count - 1]
        counts.append((probability, last.positives, last.negatives))
      }
      if isPositive {
        counts[counts.count - 1].positives += 1
      } else {
        counts[counts.count - 1].negatives += 1
      }
    }
    let total = counts[counts.count - 1]
    guard total.positives > 0, total.negatives > 0 else { return nil }
    points = ROCCurve.corners(counts).map {
      Point(
        falsePositiveRate: Double($0.negatives) / Double(total.negatives),
        truePositiveRate: Double($0.positives) / Double(total.positives), threshold: $0.threshold)
    }
  }

  /// Area under the curve by trapezoids.
  public var area: Double {
    zip(points, points.dropFirst()).reduce(0) { sum, pair in
      let width = pair.1.falsePositiveRate - pair.0.falsePositiveRate
      return sum + width * (pair.0.truePositiveRate + pair.1.truePositiveRate) / 2
    }
  }

  /// Peaks of the class and of all others at or above a threshold.
  private typealias Count = (threshold: Float, positives: Int, negatives: Int)

  /// scikit-learn's `drop_intermediate`: after the start point, which is always kept, points whose
  /// neighbours are equally far away are left out.
  private static func corners(_ counts: [Count]) -> [Count] {
    counts.indices.filter { index in
      if index <= 1 || index == counts.count - 1 { return true }
      let (before, here, after) = (counts[index - 1], counts[index], counts[index + 1])
      return before.positives + after.positives != 2 * here.positives
        || before.negatives + after.negatives != 2 * here.negatives
    }.map { counts[$0] }
  }
}
