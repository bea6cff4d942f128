import Model

/// Keras's `model_config`: the architecture as JSON.
enum ModelConfig {
  /// The JSON that Keras 2.15's `model.save("….h5")` writes for this functional model.
  static func json(_ architecture: Architecture) -> JSON {
    var layers = [inputLayer(architecture)]
    var previous = architecture.inputName
    for layer in architecture.layers {
      layers.append(
        .object([
          ("class_name", .string(layer.className)), ("config", config(of: layer)),
          ("name", .string(layer.name)),
          ("inbound_nodes", .array([.array([tensor(previous, .object([]))])])),
        ]))
      previous = layer.name
    }
    return .object([
      ("class_name", .string("Functional")),
      (
        "config",
        .object([
          ("name", .string(architecture.name)), ("trainable", .bool(true)),
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
          ), ("dtype", .string("float32")), ("sparse", .bool(false)), ("ragged", .bool(false)),
          ("name", .string(architecture.inputName)),
        ])
      ), ("name", .string(architecture.inputName)), ("inbound_nodes", .array([])),
    ])
  }

  private typealias Members = [(key: String, value: JSON)]

  private static func config(of layer: Layer) -> JSON {
    let common: Members = [
      ("name", .string(layer.name)), ("trainable", .bool(true)), ("dtype", .string("float32")),
    ]
    return .object(common + parameters(of: layer))
  }

  private static func parameters(of layer: Layer) -> Members {
    switch layer.kind {
    case .conv2D(let filters, let height, let width, let activation):
      let shape: Members = [
        ("filters", .integer(filters)), ("kernel_size", pair(height, width)),
        ("strides", pair(1, 1)), ("padding", .string("same")),
        ("data_format", .string("channels_last")), ("dilation_rate", pair(1, 1)),
        ("groups", .integer(1)), ("activation", .string(activation.rawValue)),
      ]
      return shape + weights(l2: 0)
    case .maxPooling2D(let width):
      return [
        ("pool_size", pair(1, width)), ("padding", .string("valid")), ("strides", pair(1, width)),
        ("data_format", .string("channels_last")),
      ]
    case .flatten: return [("data_format", .string("channels_last"))]
    case .dense(let units, let activation, let l2):
      let shape: Members = [
        ("units", .integer(units)), ("activation", .string(activation.rawValue)),
      ]
      return shape + weights(l2: l2)
    case .dropout(let rate):
      return [("rate", .short(rate)), ("noise_shape", .null), ("seed", .null)]
    }
  }

  private static func pair(_ a: Int, _ b: Int) -> JSON { .array([.integer(a), .integer(b)]) }

  /// How kernel and bias start and what holds them back.
  private static func weights(l2: Float) -> Members {
    [
      ("use_bias", .bool(true)),
      ("kernel_initializer", object("initializers", "GlorotUniform", [("seed", .null)])),
      ("bias_initializer", object("initializers", "Zeros", [])),
      (
        "kernel_regularizer",
        l2 == 0 ? .null : object("regularizers", "L2", [("l2", .number(Double(l2)))])
      ), ("bias_regularizer", .null), ("activity_regularizer", .null),
      ("kernel_constraint", .null), ("bias_constraint", .null),
    ]
  }

  private static func object(_ module: String, _ name: String, _ config: Members) -> JSON {
    .object([
      ("module", .string("keras.\(module)")), ("class_name", .string(name)),
      ("config", .object(config)), ("registered_name", .null),
    ])
  }
}
