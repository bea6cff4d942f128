import Support

/// Where the features of a whole batch and their gradients are: memory of one rank, or of all ranks of a host.
public struct BatchFeatures {
  public let values: UnsafeMutablePointer<Float>
  /// Zero in columns that meet no row of the kernel.
  public let gradient: UnsafeMutablePointer<Float>
  public let layout: FeatureLayout

  public init(
    values: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    layout: FeatureLayout
  ) {
    self.values = values
    self.gradient = gradient
    self.layout = layout
  }

  /// Where the first sample's first feature is that meets these rows.
  fileprivate func start(_ rows: Range<Int>) -> Int {
    let (strip, columns) = layout.place(of: rows)
    return layout.pieces(0..<0, strip: strip).lowerBound * layout.row + columns.lowerBound
  }

  /// The features that meet these rows, of every sample.
  fileprivate func matrix(_ rows: Range<Int>) -> StridedMatrix {
    StridedMatrix(values + start(rows), row: layout.row)
  }
}

/// A training step in pieces, for ranks that share one batch: each computes the conv base for some
/// samples and the classifier's first Dense layer for some rows of its kernel.
///
/// Every buffer is the whole batch's, so that a piece's products have the same shapes, strides and
/// alignment whoever computes them, and therefore the same bits.
extension PeakNet {
  /// The kernel of the classifier's first Dense layer, which holds most weights: `inputs` rows of
  /// `units`. Nil where its rows cannot be split (an Activation layer right after Flatten).
  public var shardedKernel: ParameterTensor? { classifier.shardedLayer?.kernel }

  /// The first Dense layer's products, `count` × units: to be filled with the sum of all
  /// `multiplyRows` before `finishStep`.
  public var shardedOutput: UnsafeMutablePointer<Float>? {
    classifier.shardedLayer?.output.pointer
  }

  /// The network's own memory for a batch, which other passes use too.
  public var ownBatchFeatures: BatchFeatures {
    BatchFeatures(
      values: convBase.features.pointer, gradient: featureGradient.pointer, layout: wholeLayout)
  }

  /// The network's own memory for a batch in strips or, where it is not cut, of whole samples.
  public var ownPieces: BatchFeatures {
    guard let strips else { return ownBatchFeatures }
    return BatchFeatures(
      values: strips.values.pointer, gradient: strips.gradient.pointer, layout: strips.layout)
  }

  private func base(of batch: BatchFeatures) -> any FeatureBase {
    if let strips, batch.layout == strips.layout { strips.base } else { convBase }
  }

  /// To be called after the weights changed and before the passes.
  public func prepareStep() {
    base(of: ownPieces).prepare(weights.pointer, forBackward: true)
  }

  /// Computes the features of these samples of the batch, or pieces of them.
  ///
  /// - Parameters:
  ///   - x: the batch, rows of 2 × matrix size or of a strip's input; only those of `samples` are read.
  ///   - dropout: the key of the first of `samples`.
  public func forwardBase(
    _ x: UnsafePointer<Float>, samples: Range<Int>, dropout: DropoutKey?, into batch: BatchFeatures
  ) {
    base(of: batch).forward(
      x, samples: samples, weights: weights.pointer, mode: .training(dropout), into: batch.values)
    guard batch.layout.isWhole else { return }
    dropFeatures(of: batch, samples: samples, dropout: dropout)
  }

  /// The part of `forwardBase` that follows the conv base: for features that were kept.
  public func dropFeatures(of batch: BatchFeatures, samples: Range<Int>, dropout: DropoutKey?) {
    if let dropout { classifier.drop(batch.values, samples: samples, key: dropout) }
  }

  /// Whether `dropFeatures` changes anything, and so needs whole rows.
  public func dropsFeatures(_ dropout: DropoutKey?) -> Bool {
    classifier.changesFeatures(.training(dropout))
  }

  /// The part of the first Dense layer's products that comes from these rows of its kernel.
  ///
  /// - Parameters:
  ///   - rows: of one run of the batch's layout.
  ///   - samples: the whole batch, or some of it where `productsDependOnPlace` is false.
  ///   - part: batch × units, of which these samples' are filled.
  public func multiplyRows(
    _ rows: Range<Int>, of batch: BatchFeatures, samples: Range<Int>,
    into part: UnsafeMutablePointer<Float>
  ) {
    classifier.shardedLayer?.forward(
      rows: rows, of: batch.matrix(rows), samples: samples, weights: weights.pointer, into: part)
  }

  /// Whether a sample's products may have other bits in another place of a batch, or in a smaller one.
  public var productsDependOnPlace: Bool {
    classifier.shardedLayer.map { !$0.isComputedByTiles } ?? true
  }

  /// The loss, and every gradient of the classifier but the first Dense kernel's.
  ///
  /// - Parameter labels: the batch's.
  /// - Returns: sums over the batch, without L2.
  public func finishStep(
    _ batch: BatchFeatures, labels: UnsafePointer<Int32>, count: Int, context: StepContext,
    gradients: UnsafeMutablePointer<Float>
  ) -> MetricSums {
    classifier.forwardAbove(
      count: count, weights: weights.pointer, mode: .training(context.dropout))
    let sums = categoricalCrossEntropy(
      classifier.logits, labels: labels, count: count, classes: classifier.classCount,
      classWeights: context.classWeights, globalCount: context.globalCount,
      gradient: classifier.logitGradient)
    classifier.backwardAbove(
      batch.values, count: count, weights: weights.pointer, dropped: context.dropout != nil,
      gradients: gradients)
    return sums
  }

  /// The gradient of these rows of the first Dense kernel.
  ///
  /// - Parameter part: gets rows × units.
  public func backwardRows(
    _ rows: Range<Int>, of batch: BatchFeatures, count: Int,
    into part: UnsafeMutablePointer<Float>
  ) {
    classifier.shardedLayer?.backwardKernel(
      rows: rows, of: batch.matrix(rows), count: count, into: part)
  }

  /// The gradient of the features that these rows multiply, to their columns of the batch's.
  /// - Parameter samples: as for `multiplyRows`.
  public func backwardFeatures(
    _ rows: Range<Int>, of batch: BatchFeatures, samples: Range<Int>
  ) {
    classifier.shardedLayer?.backwardInput(
      rows: rows, samples: samples, weights: weights.pointer,
      into: batch.gradient + batch.start(rows), row: batch.layout.row)
  }

  /// The conv base's gradients from these samples, or pieces of them, to their places in `gradients`.
  public func backwardBase(
    _ x: UnsafePointer<Float>, samples: Range<Int>, of batch: BatchFeatures, dropped: Bool,
    gradients: UnsafeMutablePointer<Float>
  ) {
    if dropped && batch.layout.isWhole {
      classifier.dropGradient(batch.gradient, samples: samples)
    }
    base(of: batch).backward(
      x, batch.gradient, samples: samples, weights: weights.pointer, gradients: gradients,
      progress: {})
  }
}
