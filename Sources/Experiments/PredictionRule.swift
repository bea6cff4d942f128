/// NeatMS's rule that makes probabilities a label: a peak whose probability for the monitored class
/// reaches the threshold gets that class, any other its most probable one.
///
/// Source: NeatMS 0.9, `NN_handler.predict_peaks` (`handler.py`). The threshold can only promote:
/// below it, the most probable class may still be the monitored one.
public struct PredictionRule: Sendable, Equatable {
  public struct Monitored: Sendable, Equatable {
    /// Index into the classes.
    public var label: Int
    public var threshold: Double

    public init(label: Int, threshold: Double) {
      self.label = label
      self.threshold = threshold
    }
  }

  /// Nil: always the most probable class.
  public var monitored: Monitored?

  public init(_ monitored: Monitored? = nil) { self.monitored = monitored }

  /// The class of a peak, and whether the threshold decided against the most probable one.
  ///
  /// As NumPy compares: the probability, a 32-bit number, is made a 64-bit one, and of equal
  /// probabilities the first counts.
  /// - Parameter probabilities: one a class, at least one; all are numbers.
  public func label(of probabilities: ArraySlice<Float>) -> (label: Int, isPromoted: Bool) {
    var best = probabilities.startIndex
    for index in probabilities.indices where probabilities[index] > probabilities[best] {
      best = index
    }
    let likeliest = best - probabilities.startIndex
    guard let monitored,
      Double(probabilities[probabilities.startIndex + monitored.label]) >= monitored.threshold
    else { return (likeliest, false) }
    return (monitored.label, monitored.label != likeliest)
  }
}
