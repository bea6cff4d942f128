/// How Keras's Conv2D and MaxPooling2D treat the edges of the image.
public enum Padding: String, Sendable, Equatable, Codable {
  /// The output is as large as the input over the stride (rounded up).
  case same
  /// Only places where the whole window fits.
  case valid
}

/// One layer of the chain, with Keras's names for kinds and parameters.
public struct Layer: Sendable, Equatable, Codable {
  public enum Kind: Sendable, Equatable, Codable {
    case conv2D(Conv2D)
    case maxPooling2D(MaxPooling2D)
    /// `Flatten()`: order (row, point, channel).
    case flatten
    case dense(Dense)
    /// `Dropout(rate)`, inverted.
    case dropout(rate: Float)
    /// `Activation(activation)`, a layer of its own.
    case activation(Activation)
  }

  /// `Conv2D(filters, kernel_size, padding, activation, use_bias, kernel_regularizer=l2(l2))` with
  /// strides 1.
  public struct Conv2D: Sendable, Equatable, Codable {
    public var filters: Int
    public var kernelHeight: Int
    public var kernelWidth: Int
    public var padding: Padding
    public var activation: Activation
    public var useBias: Bool
    /// 0: no regularizer.
    public var l2: Float
  }

  /// `MaxPooling2D(pool_size=(poolHeight, poolWidth), padding)`, strides = pool size.
  public struct MaxPooling2D: Sendable, Equatable, Codable {
    public var poolHeight: Int
    public var poolWidth: Int
    public var padding: Padding
  }

  /// `Dense(units, activation, use_bias, kernel_regularizer=l2(l2))`; before Flatten it works on
  /// the channels of every point, as Keras's does.
  public struct Dense: Sendable, Equatable, Codable {
    public var units: Int
    public var activation: Activation
    public var useBias: Bool
    /// 0: no regularizer.
    public var l2: Float
  }

  public var name: String
  public var kind: Kind
  /// Keras's `trainable`: whether training changes the layer's weights.
  public var trainable: Bool

  public init(_ name: String, _ kind: Kind, trainable: Bool = true) {
    self.name = name
    self.kind = kind
    self.trainable = trainable
  }

  /// Keras's class name.
  public var className: String {
    switch kind {
    case .conv2D: "Conv2D"
    case .maxPooling2D: "MaxPooling2D"
    case .flatten: "Flatten"
    case .dense: "Dense"
    case .dropout: "Dropout"
    case .activation: "Activation"
    }
  }

  /// Keras's `activation` of the layer, or of the Activation layer itself.
  public var activation: Activation {
    switch kind {
    case .conv2D(let conv): conv.activation
    case .dense(let dense): dense.activation
    case .activation(let activation): activation
    case .maxPooling2D, .flatten, .dropout: .linear
    }
  }

  /// The factor of Keras's L2 regularizer of the kernel; 0 for none.
  public var l2: Float {
    switch kind {
    case .conv2D(let conv): conv.l2
    case .dense(let dense): dense.l2
    case .maxPooling2D, .flatten, .dropout, .activation: 0
    }
  }
}

/// The kinds with Keras's defaults.
extension Layer.Kind {
  public static func conv2D(
    filters: Int, kernelHeight: Int, kernelWidth: Int, activation: Activation,
    padding: Padding = .same, useBias: Bool = true, l2: Float = 0
  ) -> Layer.Kind {
    .conv2D(
      Layer.Conv2D(
        filters: filters, kernelHeight: kernelHeight, kernelWidth: kernelWidth, padding: padding,
        activation: activation, useBias: useBias, l2: l2))
  }

  public static func maxPooling2D(
    poolHeight: Int = 1, poolWidth: Int, padding: Padding = .valid
  ) -> Layer.Kind {
    .maxPooling2D(
      Layer.MaxPooling2D(poolHeight: poolHeight, poolWidth: poolWidth, padding: padding))
  }

  public static func dense(
    units: Int, activation: Activation, l2: Float = 0, useBias: Bool = true
  ) -> Layer.Kind {
    .dense(Layer.Dense(units: units, activation: activation, useBias: useBias, l2: l2))
  }
}
