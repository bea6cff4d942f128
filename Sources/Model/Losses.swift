import Foundation

/// Sums over samples, so that the parts of a batch, of ranks and of an epoch add up exactly;
/// divide by `count` for Keras's means.
public struct MetricSums: Sendable, Equatable {
  public var count: Double = 0
  /// Categorical cross-entropy, each sample times its weight.
  public var loss: Double = 0
  /// Samples whose largest probability is at their label: Keras's `accuracy`.
  public var correct: Double = 0
  /// Mean over the classes of |one-hot − probability|: Keras's `mae`.
  public var absoluteError: Double = 0

  public init(
    count: Double = 0, loss: Double = 0, correct: Double = 0, absoluteError: Double = 0
  ) {
    self.count = count
    self.loss = loss
    self.correct = correct
    self.absoluteError = absoluteError
  }

  public static func += (sums: inout MetricSums, more: MetricSums) {
    sums.count += more.count
    sums.loss += more.loss
    sums.correct += more.correct
    sums.absoluteError += more.absoluteError
  }
}

/// Softmax in place over each row of `logits` (`count` × classes).
func softmax(_ logits: UnsafeMutablePointer<Float>, count: Int, classes: Int) {
  for sample in 0..<count {
    let row = logits + sample * classes
    var largest = row[0]
    for index in 1..<max(classes, 1) { largest = max(largest, row[index]) }
    var sum: Float = 0
    for index in 0..<classes {
      row[index] = exp(row[index] - largest)
      sum += row[index]
    }
    for index in 0..<classes { row[index] /= sum }
  }
}

/// Categorical cross-entropy of softmax from the logits (as Keras 2.15 computes it for a softmax
/// output, without clipping), and the metrics NeatMS compiles with: accuracy and MAE.
///
/// - Parameters:
///   - logits: `count` × classes; replaced by the probabilities.
///   - sampleWeight: the weight of each class (Keras's `class_weight`), or nil.
///   - gradient: where given, gets d(mean loss over `globalCount`)/d(logits).
func categoricalCrossEntropy(
  _ logits: UnsafeMutablePointer<Float>, labels: UnsafePointer<Int32>, count: Int, classes: Int,
  classWeights: [Float]?, globalCount: Int, gradient: UnsafeMutablePointer<Float>?
) -> MetricSums {
  var sums = MetricSums()
  for sample in 0..<count {
    let row = logits + sample * classes
    let label = Int(labels[sample])
    var largest = row[0]
    for index in 1..<classes { largest = max(largest, row[index]) }
    let labelLogit = row[label] - largest
    var sum: Float = 0
    for index in 0..<classes {
      row[index] = exp(row[index] - largest)
      sum += row[index]
    }
    var best = 0
    var absolute: Float = 0
    let weight = classWeights?[label] ?? 1
    let scale = weight / Float(globalCount)
    for index in 0..<classes {
      row[index] /= sum
      if row[index] > row[best] { best = index }
      let difference = row[index] - (index == label ? 1 : 0)
      absolute += abs(difference)
      if let gradient { gradient[sample * classes + index] = difference * scale }
    }
    sums.loss += Double(weight * (log(sum) - labelLogit))
    sums.absoluteError += Double(absolute / Float(classes))
    if best == label { sums.correct += 1 }
  }
  sums.count = Double(count)
  return sums
}
