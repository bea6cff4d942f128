import Model

/// Keras's `model_config`: the architecture as JSON.
enum ModelConfig {
  /// The JSON of this functional model in the terms of Keras 2.3, which every later Keras reads: the
  /// class `Model`, no parameters that came later, and Glorot's initializer and the L2 penalty under
  /// their older names.
  static func json(_ architecture: Architecture) -> JSON {
    var layers = [inputLayer(architecture)]
    var previous = architecture.inputName
    for layer in architecture.layers {
      layers.append(
        .object([
          ("class_name", .string(layer.className)), ("config", config(of: layer, .keras2)),
          ("name", .string(layer.name)),
          ("inbound_nodes", .array([.array([tensor(previous, .object([]))])])),
        ]))
      previous = layer.name
    }
    return .object([
      ("class_name", .string("Model")),
      (
        "config",
        .object([
          ("name", .string(architecture.name)),
          ("layers", .array(layers)),
          ("input_layers", .array([tensor(architecture.inputName)])),
          ("output_layers", .array([tensor(previous)])),
        ])
      ),
    ])
  }

  /// A layer's only output: name, node 0, tensor 0, and for inbound nodes the call's arguments.
  private static func tensor(_ layer: String, _ arguments: JSON? = nil) -> JSON {
    .array([.string(layer), .integer(0), .integer(0)] + (arguments.map { [$0] } ?? []))
  }

  private static func inputLayer(_ architecture: Architecture) -> JSON {
    let input = architecture.input
    return .object([
      ("class_name", .string("InputLayer")),
      (
        "config",
        .object([
          (
            "batch_input_shape",
            .array([
              .null, .integer(input.height), .integer(input.width), .integer(input.channels),
            ])
          ), ("dtype", .string("float32")), ("sparse", .bool(false)),
          ("name", .string(architecture.inputName)),
        ])
      ), ("name", .string(architecture.inputName)), ("inbound_nodes", .array([])),
    ])
  }

  typealias Members = [(key: String, value: JSON)]

  /// In whose terms initializers and penalties are written.
  enum Style { case keras2, keras3 }

  static func config(of layer: Layer, _ style: Style) -> JSON {
    let common: Members = [
      ("name", .string(layer.name)), ("trainable", .bool(layer.trainable)),
      ("dtype", .string("float32")),
    ]
    return .object(common + parameters(of: layer, style))
  }

  private static func parameters(of layer: Layer, _ style: Style) -> Members {
    switch layer.kind {
    case .conv2D(let conv):
      let shape: Members = [
        ("filters", .integer(conv.filters)),
        ("kernel_size", pair(conv.kernelHeight, conv.kernelWidth)),
        ("strides", pair(1, 1)), ("padding", .string(conv.padding.rawValue)),
        ("data_format", .string("channels_last")), ("dilation_rate", pair(1, 1)),
        ("activation", .string(conv.activation.rawValue)),
      ]
      return shape + weights(bias: conv.useBias, l2: conv.l2, style)
    case .maxPooling2D(let pool):
      let size = pair(pool.poolHeight, pool.poolWidth)
      return [
        ("pool_size", size), ("padding", .string(pool.padding.rawValue)), ("strides", size),
        ("data_format", .string("channels_last")),
      ]
    case .flatten: return [("data_format", .string("channels_last"))]
    case .dense(let dense):
      let shape: Members = [
        ("units", .integer(dense.units)), ("activation", .string(dense.activation.rawValue)),
      ]
      return shape + weights(bias: dense.useBias, l2: dense.l2, style)
    case .dropout(let rate):
      return [("rate", .short(rate)), ("noise_shape", .null), ("seed", .null)]
    case .activation(let activation): return [("activation", .string(activation.rawValue))]
    }
  }

  private static func pair(_ a: Int, _ b: Int) -> JSON { .array([.integer(a), .integer(b)]) }

  /// How kernel and bias start and what holds them back.
  private static func weights(bias: Bool, l2: Float, _ style: Style) -> Members {
    [
      ("use_bias", .bool(bias)), ("kernel_initializer", glorotUniform(style)),
      ("bias_initializer", object("initializers", "Zeros", [], style)),
      ("kernel_regularizer", l2 == 0 ? .null : penalty(l2, style)), ("bias_regularizer", .null),
      ("activity_regularizer", .null), ("kernel_constraint", .null), ("bias_constraint", .null),
    ]
  }

  private static func glorotUniform(_ style: Style) -> JSON {
    if style == .keras3 { return object("initializers", "GlorotUniform", [("seed", .null)], style) }
    return object(
      "initializers", "VarianceScaling",
      [
        ("scale", .number(1)), ("mode", .string("fan_avg")), ("distribution", .string("uniform")),
        ("seed", .null),
      ], style)
  }

  private static func penalty(_ l2: Float, _ style: Style) -> JSON {
    let factor = ("l2", JSON.number(Double(l2)))
    if style == .keras3 { return object("regularizers", "L2", [factor], style) }
    return object("regularizers", "L1L2", [("l1", .number(0)), factor], style)
  }

  private static func object(
    _ module: String, _ name: String, _ config: Members, _ style: Style
  ) -> JSON {
    let core: Members = [("class_name", .string(name)), ("config", .object(config))]
    if style == .keras2 { return .object(core) }
    return .object(
      [("module", .string("keras.\(module)"))] + core + [("registered_name", .null)])
  }
}
