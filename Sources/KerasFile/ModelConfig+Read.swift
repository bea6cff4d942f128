import Isolation
import Model
import Support

extension ModelConfig {
  /// Reads the architecture from what Keras 2.0 to 3 write: a functional or sequential model that
  /// is a chain of the layers this program trains.
  /// - Throws: `Failure(.badData)` naming the first layer or parameter that it cannot train.
  static func architecture(_ json: JSON, _ place: String) throws -> Architecture {
    let reader = LayerReader(place: place)
    let kind = json["class_name"]?.string ?? "?"
    guard ["Functional", "Model", "Sequential"].contains(kind), LayerReader.isKeras(json),
      let config = json["config"]
    else { throw reader.refuse("the kind of model", "Functional or Sequential", kind) }
    // Keras 2.0 and 2.1 keep a sequential model's layers where others keep its parameters.
    guard var layers = config["layers"]?.array ?? config.array, !layers.isEmpty else {
      throw reader.refuse("the list of layers", "at least one", "none")
    }
    if kind != "Sequential" { try checkChain(layers, config, reader) }
    var inputName = "input_1"
    let shape = inputShape(layers[0]) ?? lengths(config["build_input_shape"])
    if layers[0]["class_name"]?.string == "InputLayer" {
      inputName = reader.name(layers[0])
      layers.removeFirst()
    }
    var architecture = Architecture(
      input: try input(shape, reader), layers: try layers.map(reader.layer))
    architecture.inputName = inputName
    architecture.name = config["name"]?.string ?? "model_1"
    try check(architecture, place)
    return architecture
  }

  /// Checks what no layer can tell alone: orders, names, and sizes.
  static func check(_ architecture: Architecture, _ place: String) throws {
    let names = [architecture.name, architecture.inputName] + architecture.layers.map(\.name)
    if let wrong = names.first(where: \.hasControls) {
      throw Failure(
        .badData, "has a name with characters that cannot be shown", at: place,
        found: wrong.forTerminal())
    }
    do {
      try architecture.check()
    } catch var failure as Failure {
      failure.place = place
      failure.hint = failure.hint ?? "See docs/models.md for the networks that can be used."
      throw failure
    }
  }

  private static func input(_ shape: [Int]?, _ reader: LayerReader) throws -> SampleShape {
    let expected = "(None, 2, points, 1)"
    guard let shape else { throw reader.refuse("the input's shape", expected, "none") }
    guard shape.count == 4, shape[1] == 2, shape[2] > 0, shape[3] == 1 else {
      let lengths = ["None"] + shape.dropFirst().map { $0 > 0 ? "\($0)" : "None" }
      throw reader.refuse(
        "the input's shape", expected, "(\(lengths.joined(separator: ", ")))")
    }
    return SampleShape(height: 2, width: shape[2], channels: 1)
  }

  /// (batch, height, width, channels) of an InputLayer or of a first layer that states it; the
  /// batch and unknown lengths are 0.
  private static func inputShape(_ layer: JSON) -> [Int]? {
    let config = layer["config"]
    return lengths(config?["batch_input_shape"] ?? config?["batch_shape"])
  }

  private static func lengths(_ shape: JSON?) -> [Int]? { shape?.array?.map { $0.integer ?? 0 } }

  /// Every layer of a functional model takes the one before it and nothing else, and the last is
  /// the output.
  private static func checkChain(
    _ layers: [JSON], _ config: JSON, _ reader: LayerReader
  ) throws {
    let hint = "Only a chain of layers can be trained here."
    for (previous, layer) in zip(layers, layers.dropFirst()) {
      let inputs = layer["inbound_nodes"].map(sources) ?? []
      if inputs != [reader.name(previous)] {
        throw reader.refuse(
          "layer \(reader.name(layer)): its inputs", "only \(reader.name(previous))",
          inputs.isEmpty ? "none" : inputs.joined(separator: ", "), hint: hint)
      }
    }
    if let inputs = layers[0]["inbound_nodes"].map(sources), !inputs.isEmpty {
      throw reader.refuse("layer \(reader.name(layers[0])): its inputs", "none", inputs[0])
    }
    let last = reader.name(layers[layers.count - 1])
    if let outputs = config["output_layers"].map(sources), outputs != [last] {
      throw reader.refuse(
        "its outputs", "only \(last)", outputs.joined(separator: ", "), hint: hint)
    }
  }

  /// The layers that inbound nodes name: [[["conv2d_1", 0, 0, {}]]] in Keras 2, and in Keras 3
  /// objects with "keras_history": ["conv2d_1", 0, 0].
  private static func sources(_ node: JSON) -> [String] {
    switch node {
    case .array(let items):
      if let name = items.first?.string, items.dropFirst().first?.integer != nil { return [name] }
      return items.flatMap(sources)
    case .object(let members):
      if let history = node["keras_history"] { return sources(history) }
      return members.filter { $0.key == "args" || $0.key == "config" }.flatMap {
        sources($0.value)
      }
    default: return []
    }
  }
}
