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
      hint: hint ?? "Models must have NeatMS's kind of network; see docs/formats.md.")
  }

  func name(_ layer: JSON) -> String {
    layer["config"]?["name"]?.string ?? layer["name"]?.string ?? "?"
  }

  func layer(_ json: JSON) throws -> Layer {
    let name = name(json)
    let kind = json["class_name"]?.string ?? "?"
    let config = json["config"] ?? .object([])
    let fields = Fields(reader: self, layer: name, config: config)
    switch kind {
    case "Conv2D": return Layer(name, try conv2D(fields))
    case "MaxPooling2D": return Layer(name, try maxPooling2D(fields))
    case "Dense": return Layer(name, try dense(fields))
    case "Flatten":
      try fields.require("data_format", "channels_last")
      return Layer(name, .flatten)
    case "Dropout":
      try fields.requireNull("noise_shape")
      guard let rate = config["rate"]?.number, (0..<1).contains(rate) else {
        throw fields.refuse("rate", "0 … 1, without 1")
      }
      return Layer(name, .dropout(rate: Float(rate)))
    default:
      throw refuse(
        "layer \(name)", "Conv2D, MaxPooling2D, Flatten, Dense or Dropout", kind)
    }
  }

  private func conv2D(_ fields: Fields) throws -> Layer.Kind {
    if fields.config["padding"]?.string != "same" { throw fields.refuse("padding", "\"same\"") }
    try fields.require("data_format", "channels_last")
    try fields.requirePair("strides", [1, 1])
    try fields.requirePair("dilation_rate", [1, 1])
    if let groups = fields.config["groups"]?.integer, groups != 1 {
      throw fields.refuse("groups", "1")
    }
    guard let filters = fields.config["filters"]?.integer, filters > 0 else {
      throw fields.refuse("filters", "at least 1")
    }
    guard let size = fields.config["kernel_size"]?.integers, size.count == 2,
      size.allSatisfy({ $0 > 0 && $0 % 2 == 1 })
    else { throw fields.refuse("kernel_size", "two odd numbers") }
    let l2 = try fields.l2()
    if l2 != 0 { throw fields.refuse("kernel_regularizer", "none") }
    return .conv2D(
      filters: filters, kernelHeight: size[0], kernelWidth: size[1],
      activation: try fields.activation())
  }

  private func maxPooling2D(_ fields: Fields) throws -> Layer.Kind {
    try fields.require("padding", "valid")
    try fields.require("data_format", "channels_last")
    guard let size = fields.config["pool_size"]?.integers, size.count == 2, size[0] == 1,
      size[1] > 0
    else { throw fields.refuse("pool_size", "[1, width]") }
    try fields.requirePair("strides", size)
    return .maxPooling2D(poolWidth: size[1])
  }

  private func dense(_ fields: Fields) throws -> Layer.Kind {
    guard let units = fields.config["units"]?.integer, units > 0 else {
      throw fields.refuse("units", "at least 1")
    }
    let l2 = try fields.l2()
    return .dense(units: units, activation: try fields.activation(), l2: l2)
  }

  /// Convolutions and poolings, one Flatten, then Dense and Dropout; the last a softmax.
  func checkOrder(_ architecture: Architecture) throws {
    var flat = false
    for (layer, input) in zip(architecture.layers, architecture.inputShapes) {
      switch layer.kind {
      case .conv2D, .maxPooling2D, .flatten:
        if flat { throw refuse("layer \(layer.name)", "it before Flatten", "it after") }
        if case .flatten = layer.kind { flat = true }
        if case .maxPooling2D(let width) = layer.kind, input.width < width {
          throw refuse("layer \(layer.name)", "an input at least \(width) wide", "\(input.width)")
        }
      case .dense where !flat: throw refuse("layer \(layer.name)", "Flatten before it", "none")
      case .dense, .dropout: break
      }
    }
    var names: Set<String> = [architecture.inputName]
    for layer in architecture.layers where !names.insert(layer.name).inserted {
      throw refuse("the name of a layer", "every name once", "\(layer.name) twice")
    }
    guard case .dense(let units, .softmax, _) = architecture.layers.last?.kind, units >= 2 else {
      throw refuse(
        "the last layer", "Dense with softmax and at least 2 units",
        architecture.layers.last.map { "\($0.className) \($0.name)" } ?? "none")
    }
    for layer in architecture.layers.dropLast() {
      switch layer.kind {
      case .conv2D(_, _, _, .softmax), .dense(_, .softmax, _):
        throw refuse("layer \(layer.name): activation", "relu or linear", "softmax")
      default: break
      }
    }
  }
}
