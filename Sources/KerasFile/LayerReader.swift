import Model
import Support

/// Reads one layer of a `model_config` at a time, refusing every parameter that would make it
/// compute something else than this program does.
struct LayerReader {
  /// The file and attribute, for messages.
  var place: String

  func refuse(
    _ what: String, _ expected: String, _ found: String, hint: String? = nil
  ) -> Failure {
    Failure(
      .badData, "is not a network that can be used here, because of \(what)", at: place,
      expected: expected, found: found,
      hint: hint ?? "See docs/models.md for the networks that can be used.")
  }

  func name(_ layer: JSON) -> String {
    layer["config"]?["name"]?.string ?? layer["name"]?.string ?? "?"
  }

  /// Whether an object is one of Keras's own, not one that somebody registered under a name.
  static func isKeras(_ object: JSON) -> Bool {
    let own = ["keras", "tf_keras", "builtins"]
    if let module = object["module"]?.string {
      let top = module.split(separator: ".").first.map(String.init) ?? ""
      if !own.contains(top) { return false }
    }
    guard let registered = object["registered_name"]?.string else { return true }
    return !registered.contains(">")
  }

  func layer(_ json: JSON) throws -> Layer {
    let name = name(json)
    let kind = json["class_name"]?.string ?? "?"
    guard Self.isKeras(json) else {
      let own = json["registered_name"]?.string.flatMap { $0.contains(">") ? $0 : nil }
      throw refuse(
        "layer \(name)", "a layer of Keras's own",
        own ?? "\(json["module"]?.string ?? "?").\(kind)",
        hint: "Custom layers run code of their own, which this program does not.")
    }
    let config = json["config"] ?? .object([])
    let fields = Fields(reader: self, layer: name, config: config)
    var layer = Layer(name, try self.kind(kind, fields))
    layer.trainable = config["trainable"]?.bool ?? true
    return layer
  }

  private func kind(_ kind: String, _ fields: Fields) throws -> Layer.Kind {
    switch kind {
    case "Conv2D", "MaxPooling2D", "Flatten": try fields.require("data_format", "channels_last")
    case "Dense", "Dropout", "Activation", "ReLU", "Softmax": break
    default:
      throw refuse(
        "layer \(fields.layer)",
        "Conv2D, MaxPooling2D, Flatten, Dense, Dropout, Activation, ReLU or Softmax", kind)
    }
    try fields.requireSinglePrecision()
    switch kind {
    case "Conv2D": return try conv2D(fields)
    case "MaxPooling2D": return try maxPooling2D(fields)
    case "Dense": return try dense(fields)
    case "Activation": return .activation(try fields.activation())
    case "ReLU": return try relu(fields)
    case "Softmax": return try softmax(fields)
    case "Dropout": return try dropout(fields)
    default: return .flatten
    }
  }

  private func conv2D(_ fields: Fields) throws -> Layer.Kind {
    try fields.requirePair("strides", [1, 1])
    try fields.requirePair("dilation_rate", [1, 1])
    if let groups = fields.config["groups"]?.integer, groups != 1 {
      throw fields.refuse("groups", "1")
    }
    let size = try fields.size("kernel_size")
    let weights = try fields.weights()
    return .conv2D(
      filters: try fields.count("filters"), kernelHeight: size.height, kernelWidth: size.width,
      activation: try fields.activation(), padding: try fields.padding(),
      useBias: weights.useBias, l2: weights.l2)
  }

  private func maxPooling2D(_ fields: Fields) throws -> Layer.Kind {
    let size = try fields.size("pool_size")
    try fields.requirePair("strides", [size.height, size.width])
    return .maxPooling2D(
      poolHeight: size.height, poolWidth: size.width, padding: try fields.padding())
  }

  private func dense(_ fields: Fields) throws -> Layer.Kind {
    let weights = try fields.weights()
    return .dense(
      units: try fields.count("units"), activation: try fields.activation(), l2: weights.l2,
      useBias: weights.useBias)
  }

  /// The plain one is an Activation; with a ceiling, a slope or a threshold it is something else.
  private func relu(_ fields: Fields) throws -> Layer.Kind {
    try fields.requireNull("max_value")
    for field in ["negative_slope", "threshold"] {
      if let found = fields.config[field], !found.isNull, found.number != 0 {
        throw fields.refuse(field, "0")
      }
    }
    return .activation(.relu)
  }

  private func softmax(_ fields: Fields) throws -> Layer.Kind {
    if let axis = fields.config["axis"], !axis.isNull, axis.integer != -1, axis.integers != [-1] {
      throw fields.refuse("axis", "-1")
    }
    return .activation(.softmax)
  }

  private func dropout(_ fields: Fields) throws -> Layer.Kind {
    try fields.requireNull("noise_shape")
    guard let rate = fields.config["rate"]?.number, (0..<1).contains(rate) else {
      throw fields.refuse("rate", "0 … 1, without 1")
    }
    return .dropout(rate: Float(rate))
  }
}
