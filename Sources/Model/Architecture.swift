import Support

/// The shape of one sample between layers, without the batch: Keras's `output_shape[1:]`.
public struct SampleShape: Sendable, Equatable, Codable {
  /// Rows of the image (2: intensity and window), or 1 after Flatten.
  public var height: Int
  /// Points along the retention-time axis, or 1 after Flatten.
  public var width: Int
  /// Channels, or the number of units after Flatten and Dense.
  public var channels: Int
  /// Whether Flatten or Dense made it: one axis only.
  public var isFlat: Bool

  public init(height: Int, width: Int, channels: Int) {
    (self.height, self.width, self.channels, isFlat) = (height, width, channels, false)
  }

  public init(units: Int) {
    (height, width, channels, isFlat) = (1, 1, units, true)
  }

  public var count: Int { height * width * channels }
}

/// A chain of layers over a (2, matrix size, 1) input: what Keras keeps in `model_config`.
public struct Architecture: Sendable, Equatable, Codable {
  /// Keras's `model.name`.
  public var name = "model_1"
  public var inputName = "input_1"
  public var input: SampleShape
  public var layers: [Layer]

  public init(input: SampleShape, layers: [Layer]) {
    self.input = input
    self.layers = layers
  }

  /// The network of `NN_handler.create_model` in NeatMS 0.9 (`handler.py`), with the layer names of
  /// its documentation: 1,002,883 parameters for a matrix size of 120 and three classes.
  public static func neatMS(matrixSize: Int = 120, classCount: Int = 3) -> Architecture {
    Architecture(
      input: SampleShape(height: 2, width: matrixSize, channels: 1),
      layers: [
        Layer(
          "conv2d_1", .conv2D(filters: 32, kernelHeight: 5, kernelWidth: 5, activation: .relu)),
        Layer("max_pooling2d_1", .maxPooling2D(poolWidth: 2)),
        Layer(
          "conv2d_2", .conv2D(filters: 64, kernelHeight: 3, kernelWidth: 3, activation: .relu)),
        Layer("flatten_1", .flatten),
        Layer("dense_1", .dense(units: 128, activation: .relu, l2: 0.001)),
        Layer("dropout_1", .dropout(rate: 0.5)),
        Layer("dense_prediction", .dense(units: classCount, activation: .softmax)),
      ])
  }

  public var matrixSize: Int { input.width }
  /// Outputs of the last layer.
  public var classCount: Int { outputShapes.last?.channels ?? 0 }

  /// The position of Flatten, which ends the conv base; the number of layers where there is none.
  public var flattenIndex: Int { layers.firstIndex { $0.kind == .flatten } ?? layers.count }

  /// The output shape of every layer, in order.
  public var outputShapes: [SampleShape] {
    var shape = input
    return layers.map { layer in
      shape = layer.outputShape(of: shape)
      return shape
    }
  }

  /// The input shape of every layer, in order.
  public var inputShapes: [SampleShape] { [input] + outputShapes.dropLast() }

  /// The same architecture with every dropout layer's rate replaced.
  public func withDropout(rate: Float) -> Architecture {
    var copy = self
    for index in copy.layers.indices {
      if case .dropout = copy.layers[index].kind { copy.layers[index].kind = .dropout(rate: rate) }
    }
    return copy
  }
}
