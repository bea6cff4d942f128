import Support

/// The layers up to and with Flatten, which turn matrices into feature rows in Keras's Flatten order
/// (row, point, channel). `ConvBase` computes NeatMS's kind of chain fast, `GeneralConvBase` any.
protocol FeatureBase: AnyObject {
  /// Floats of one sample's features: 7,680 at NeatMS's defaults.
  var featureCount: Int { get }
  /// Features of the batch, `count` × `featureCount`; empty where others' memory is used.
  var features: AlignedBuffer { get }
  /// Whether any of its layers is trained.
  var isTrained: Bool { get }

  /// To be called after the weights changed and before the passes.
  func prepare(_ weights: UnsafePointer<Float>, forBackward: Bool)

  /// Fills the rows `samples` of `target` from those of `x`, rows of the architecture's input.
  ///
  /// - Parameters:
  ///   - mode: the dropout key is that of the first of `samples`.
  ///   - target: `features`, or other memory like it.
  func forward(
    _ x: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>, mode: PassMode,
    into target: UnsafeMutablePointer<Float>)

  /// From the gradient of the features to the gradients of the trained layers, written to their
  /// places in `gradients`; frozen ones' places are left alone.
  ///
  /// - Parameters:
  ///   - x: as given to `forward`.
  ///   - featureGradient: rows like the features'; those of `samples` may be changed.
  ///   - samples: the rows that `forward` was given, or some lanes of them.
  ///   - progress: called now and then.
  func backward(
    _ x: UnsafePointer<Float>, _ featureGradient: UnsafeMutablePointer<Float>,
    samples: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    progress: () throws -> Void
  ) rethrows
}

extension FeatureBase {
  /// Fills the rows `samples` of `features`.
  func forward(
    _ x: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>, mode: PassMode
  ) {
    forward(x, samples: samples, weights: weights, mode: mode, into: features.pointer)
  }
}
