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
  let wholeLayout: FeatureLayout
  /// The conv base for batches in strips, where `cutBase` made one.
  public private(set) var strips: BaseStrips?

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
    wholeLayout = FeatureLayout(features: convBase.featureCount, capacity: capacity)
  }

  /// Prepares for batches in strips.
  /// - Parameter capacity: samples of a batch.
  public func cutBase(_ plan: StripPlan, capacity: Int) {
    strips = BaseStrips(architecture, plan, layout: layout, capacity: capacity)
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
    forEachPart(of: count) { first, samples in
      inferLogits(x + first * architecture.input.count, count: samples)
      writeProbabilities(first, samples, to: probabilities)
    }
  }

  /// Sums of cross-entropy (without L2) and metrics over `count` peaks in inference mode.
  public func evaluate(
    _ x: UnsafePointer<Float>, labels: UnsafePointer<Int32>, count: Int
  ) -> MetricSums {
    convBase.prepare(weights.pointer, forBackward: false)
    var sums = MetricSums()
    forEachPart(of: count) { first, samples in
      inferLogits(x + first * architecture.input.count, count: samples)
      sums += measure(labels + first, count: samples)
    }
    return sums
  }

  /// Calls `body` with the first sample and the number of samples of each part of `count` samples
  /// that the passes can take.
  func forEachPart(of count: Int, _ body: (Int, Int) -> Void) {
    for first in stride(from: 0, to: count, by: maxBatch) {
      body(first, min(maxBatch, count - first))
    }
  }

  /// Turns the logits of `samples` peaks into probabilities, those from peak `first` on of `target`.
  func writeProbabilities(
    _ first: Int, _ samples: Int, to target: UnsafeMutablePointer<Float>
  ) {
    let classes = classifier.classCount
    softmax(classifier.logits, count: samples, classes: classes)
    (target + first * classes).update(from: classifier.logits, count: samples * classes)
  }

  /// Loss and metrics from the logits of `count` peaks, which become probabilities.
  func measure(_ labels: UnsafePointer<Int32>, count: Int) -> MetricSums {
    categoricalCrossEntropy(
      classifier.logits, labels: labels, count: count, classes: classifier.classCount,
      classWeights: nil, globalCount: 1, gradient: nil)
  }

  private func inferLogits(_ x: UnsafePointer<Float>, count: Int) {
    convBase.forward(
      x, samples: 0..<count, weights: weights.pointer, mode: .inference)
    classifier.forward(
      convBase.features.pointer, count: count, weights: weights.pointer, mode: .inference)
  }
}
