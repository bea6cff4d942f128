import Model

extension ModelConfig {
  /// The `config.json` of a `.keras` file: the network as Keras 3 writes it, in the fields that all
  /// its versions read, and how it is compiled.
  static func keras3(_ architecture: Architecture, compiled optimizer: OptimizerConfiguration?)
    -> JSON
  {
    var layers = [inputLayer3(architecture)]
    var previous = (name: architecture.inputName, shape: architecture.input)
    for (layer, output) in zip(architecture.layers, architecture.outputShapes) {
      layers.append(
        .object([
          ("module", .string("keras.layers")), ("class_name", .string(layer.className)),
          ("config", config(of: layer, .keras3)), ("registered_name", .null),
          ("build_config", .object([("input_shape", batchShape(previous.shape))])),
          ("name", .string(layer.name)),
          ("inbound_nodes", .array([inboundNode(previous.name, previous.shape)])),
        ]))
      previous = (layer.name, output)
    }
    return .object([
      ("module", .string("keras.src.models.functional")), ("class_name", .string("Functional")),
      (
        "config",
        .object([
          ("name", .string(architecture.name)), ("trainable", .bool(true)),
          ("layers", .array(layers)), ("input_layers", output(of: architecture.inputName)),
          ("output_layers", output(of: previous.name)),
        ])
      ), ("registered_name", .string("Functional")),
      ("build_config", .object([("input_shape", .null)])),
      ("compile_config", optimizer.map(TrainingConfig.compileConfig) ?? .null),
    ])
  }

  private static func inputLayer3(_ architecture: Architecture) -> JSON {
    .object([
      ("module", .string("keras.layers")), ("class_name", .string("InputLayer")),
      (
        "config",
        .object([
          ("batch_shape", batchShape(architecture.input)), ("dtype", .string("float32")),
          ("sparse", .bool(false)), ("name", .string(architecture.inputName)),
        ])
      ), ("registered_name", .null), ("name", .string(architecture.inputName)),
      ("inbound_nodes", .array([])),
    ])
  }

  /// Keras's output shape, the batch being unknown.
  private static func batchShape(_ shape: SampleShape) -> JSON {
    let lengths = shape.isFlat ? [shape.channels] : [shape.height, shape.width, shape.channels]
    return .array([.null] + lengths.map(JSON.integer))
  }

  /// A layer's only output: name, node 0, tensor 0.
  private static func output(of layer: String) -> JSON {
    .array([.string(layer), .integer(0), .integer(0)])
  }

  private static func inboundNode(_ layer: String, _ shape: SampleShape) -> JSON {
    let tensor: JSON = .object([
      ("class_name", .string("__keras_tensor__")),
      (
        "config",
        .object([
          ("shape", batchShape(shape)), ("dtype", .string("float32")),
          ("keras_history", output(of: layer)),
        ])
      ),
    ])
    return .object([("args", .array([tensor])), ("kwargs", .object([]))])
  }
}
