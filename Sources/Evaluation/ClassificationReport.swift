import Foundation

/// What Keras's `evaluate` says of a model compiled as NeatMS compiles it, and the confusion matrix.
public struct ClassificationReport: Sendable, Equatable {
  public let classes: [String]
  /// Peaks; where there are none, the means below are nil.
  public let count: Int
  /// Share of peaks whose most probable class is the true one: Keras's `accuracy`.
  public let accuracy: Double?
  /// Mean categorical cross-entropy plus the L2 term: Keras's `loss`.
  public let loss: Double?
  /// Mean over peaks and classes of |one-hot − probability|: Keras's `mae`.
  public let meanAbsoluteError: Double?
  /// Peaks by true class (rows) and most probable class (columns).
  public let confusion: [[Int]]

  /// - Parameter regularizationLoss: what Keras adds to the loss: `PeakNet.regularizationLoss()`.
  public init(_ predictions: LabelledPredictions, regularizationLoss: Double = 0) {
    let classes = predictions.classes
    var sums = (correct: 0, loss: 0.0, absolute: 0.0)
    let zeros = [Int](repeating: 0, count: classes.count)
    var confusion = [[Int]](repeating: zeros, count: classes.count)
    for peak in 0..<predictions.count {
      let (truth, predicted) = (Int(predictions.labels[peak]), predictions.predicted(peak))
      confusion[truth][predicted] += 1
      if truth == predicted { sums.correct += 1 }
      // From the probability; Keras uses the logits, so that the two differ only where a
      // probability is below the smallest Float.
      let likelihood = max(predictions.probability(peak, of: truth), .leastNonzeroMagnitude)
      sums.loss -= log(Double(likelihood))
      for index in classes.indices {
        let target: Float = index == truth ? 1 : 0
        sums.absolute += Double(abs(target - predictions.probability(peak, of: index)))
      }
    }
    self.classes = classes
    self.confusion = confusion
    count = predictions.count
    let peaks = Double(count)
    accuracy = count > 0 ? Double(sums.correct) / peaks : nil
    loss = count > 0 ? sums.loss / peaks + regularizationLoss : nil
    meanAbsoluteError = count > 0 ? sums.absolute / (peaks * Double(classes.count)) : nil
  }

  /// Peaks of a true class: scikit-learn's `support`.
  public func support(_ index: Int) -> Int { confusion[index].reduce(0, +) }

  /// Of the peaks called this class, the share that is; nil where none is called so.
  public func precision(_ index: Int) -> Double? {
    let called = confusion.reduce(0) { $0 + $1[index] }
    return called > 0 ? Double(confusion[index][index]) / Double(called) : nil
  }

  /// Of the peaks of this class, the share that is called so; nil where there are none.
  public func recall(_ index: Int) -> Double? {
    support(index) > 0 ? Double(confusion[index][index]) / Double(support(index)) : nil
  }
}
