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
  let convBase: any FeatureBase
  public let classifier: Classifier
  let featureGradient: AlignedBuffer

  /// Samples whose conv-base activations are worked on together; fits a 512 KB L2 cache.
  public static let defaultLane = 16

  /// - Throws: `Failure(.badData)`, naming the layer, for a chain that cannot be computed.
  public init(architecture: Architecture, maxBatch: Int, lane: Int = PeakNet.defaultLane) throws {
    ck_pin_one_thread()
    try architecture.check()
    let capacity = max(maxBatch, 1)
    let layout = ParameterLayout(architecture)
    self.architecture = architecture
    self.maxBatch = capacity
    self.layout = layout
    weights = AlignedBuffer(count: layout.count)
    convBase =
      ConvBase(architecture, layout: layout, maxBatch: capacity, lane: lane)
      ?? GeneralConvBase(architecture, layout: layout, maxBatch: capacity, lane: max(lane, 1))
    classifier = Classifier(
      architecture, layout: layout, maxBatch: capacity, baseIsTrained: convBase.isTrained)
    featureGradient = AlignedBuffer(count: capacity * convBase.featureCount)
  }

  /// Numbers of one peak after the conv base: 7,680 at NeatMS's defaults.
  public var featureCount: Int { convBase.featureCount }

  /// The parameters of the conv base and of the classifier, as ranges of the flat buffer.
  public var convBaseRange: Range<Int> { 0..<classifierRange.lowerBound }
  public var classifierRange: Range<Int> {
    let first = layout.tensors.first { $0.layerIndex > architecture.flattenIndex }
    return (first?.offset ?? layout.count)..<layout.count
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
    convBase.forward(x, count: count, weights: weights.pointer, mode: .inference)
    classifier.forward(
      convBase.features.pointer, count: count, weights: weights.pointer, mode: .inference)
  }
}
