import CKernels
import Support

/// The network: `ConvBase`, then `Classifier`, over one flat buffer of weights.
///
/// Not `Sendable`: one thread a rank.
public final class PeakNet {
  public let architecture: Architecture
  public let layout: ParameterLayout
  /// All weights in the order of `layout`.
  public let weights: AlignedBuffer
  /// Samples that one call of the passes can take.
  public let maxBatch: Int
  public let convBase: ConvBase
  public let classifier: Classifier
  let featureGradient: AlignedBuffer

  /// Samples whose conv-base activations are worked on together; fits a 512 KB L2 cache.
  public static let defaultLane = 16

  /// - Throws: `Failure(.badData)` for a chain of layers that this network does not have.
  public init(architecture: Architecture, maxBatch: Int, lane: Int = PeakNet.defaultLane) throws {
    ck_pin_one_thread()
    self.architecture = architecture
    self.maxBatch = max(maxBatch, 1)
    layout = ParameterLayout(architecture)
    weights = AlignedBuffer(count: layout.count)
    convBase = try ConvBase(architecture, layout: layout, maxBatch: self.maxBatch, lane: lane)
    classifier = try Classifier(architecture, layout: layout, maxBatch: self.maxBatch)
    featureGradient = AlignedBuffer(count: self.maxBatch * convBase.featureCount)
  }

  /// The parameters of the conv base and of the classifier, as ranges of the flat buffer.
  public var convBaseRange: Range<Int> { 0..<classifierRange.lowerBound }
  public var classifierRange: Range<Int> {
    classifier.dense[0].kernel.offset..<layout.count
  }

  /// Probabilities of `count` peaks in inference mode.
  ///
  /// - Parameters:
  ///   - x: `count` × 2 × matrix size.
  ///   - probabilities: `count` × classes.
  public func predict(
    _ x: UnsafePointer<Float>, count: Int, into probabilities: UnsafeMutablePointer<Float>
  ) {
    convBase.prepare(weights.pointer, forBackward: false)
    let inputs = architecture.input.count
    for first in stride(from: 0, to: count, by: maxBatch) {
      let samples = min(maxBatch, count - first)
      inferLogits(x + first * inputs, count: samples)
      softmax(classifier.logits, count: samples, classes: classifier.classCount)
      (probabilities + first * classifier.classCount).update(
        from: classifier.logits, count: samples * classifier.classCount)
    }
  }

  /// Sums of cross-entropy (without L2) and metrics over `count` peaks in inference mode.
  public func evaluate(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int
  ) -> MetricSums {
    convBase.prepare(weights.pointer, forBackward: false)
    let inputs = architecture.input.count
    var sums = MetricSums()
    for first in stride(from: 0, to: count, by: maxBatch) {
      let samples = min(maxBatch, count - first)
      inferLogits(x + first * inputs, count: samples)
      sums += categoricalCrossEntropy(
        classifier.logits, labels: labels + first, count: samples, classes: classifier.classCount,
        classWeights: nil, globalCount: 1, gradient: nil)
    }
    return sums
  }

  private func inferLogits(_ x: UnsafePointer<Float>, count: Int) {
    convBase.forward(x, count: count, weights: weights.pointer)
    classifier.forward(
      convBase.features.pointer, count: count, weights: weights.pointer, dropout: nil)
  }

  /// Σ l2 · Σ w² over the kernels that have an L2 regularizer: what Keras adds to the loss.
  public func regularizationLoss() -> Double {
    var loss = 0.0
    for segment in l2Segments where segment.l2 > 0 {
      let squares = ck_sum_squares(weights.pointer + segment.range.lowerBound, segment.range.count)
      loss += Double(segment.l2) * squares
    }
    return loss
  }

  /// The flat buffer cut where the L2 factor changes, in order.
  public var l2Segments: [(range: Range<Int>, l2: Float)] {
    var segments: [(range: Range<Int>, l2: Float)] = []
    for tensor in layout.tensors {
      var factor: Float = 0
      if tensor.role == "kernel",
        case .dense(_, _, let l2) = architecture.layers[tensor.layerIndex].kind
      {
        factor = l2
      }
      if let last = segments.last, last.l2 == factor {
        segments[segments.count - 1].range = last.range.lowerBound..<tensor.range.upperBound
      } else {
        segments.append((tensor.range, factor))
      }
    }
    return segments
  }
}
