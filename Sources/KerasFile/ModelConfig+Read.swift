import Model
import Support

extension ModelConfig {
  /// Reads the architecture from what Keras 2.0 to 3 write: a functional or sequential model that
  /// is a chain of the layers this program trains.
  /// - Throws: `Failure(.badData)` naming the first layer or parameter that it cannot train.
  static func architecture(_ json: JSON, _ place: String) throws -> Architecture {
    let reader = LayerReader(place: place)
    let kind = json["class_name"]?.string ?? "?"
    guard ["Functional", "Model", "Sequential"].contains(kind), let config = json["config"] else {
      throw reader.refuse("the kind of model", "Functional or Sequential", kind)
    }
    // Keras 2.0 and 2.1 keep a sequential model's layers where others keep its parameters.
    guard var layers = config["layers"]?.array ?? config.array, !layers.isEmpty else {
      throw reader.refuse("the list of layers", "at least one", "none")
    }
    if kind != "Sequential" { try checkChain(layers, reader) }
    var inputName = "input_1"
    var shape = inputShape(layers[0])
    if layers[0]["class_name"]?.string == "InputLayer" {
      inputName = reader.name(layers[0])
      layers.removeFirst()
    }
    guard let given = shape, given.count == 4 else {
      throw reader.refuse("the input's shape", "(None, 2, points, 1)", "none")
    }
    shape = given
    guard given[1] == 2, given[2] > 0, given[3] == 1 else {
      throw reader.refuse(
        "the input's shape", "(None, 2, points, 1)",
        "(None, \(given.dropFirst().map(String.init).joined(separator: ", ")))")
    }
    var architecture = Architecture(
      input: SampleShape(height: 2, width: given[2], channels: 1),
      layers: try layers.map(reader.layer))
    architecture.inputName = inputName
    architecture.name = config["name"]?.string ?? "model_1"
    try reader.checkOrder(architecture)
    return architecture
  }

  /// The names of the layers that a file marks as frozen: they have no optimizer state.
  static func frozenLayers(_ json: JSON) -> Set<String> {
    let layers = json["config"]?["layers"]?.array ?? json["config"]?.array ?? []
    let frozen = layers.filter { $0["config"]?["trainable"]?.bool == false }
    return Set(frozen.compactMap { $0["config"]?["name"]?.string })
  }

  /// (batch, height, width, channels) of an InputLayer or of a first layer that states it; the
  /// batch and unknown lengths are 0.
  private static func inputShape(_ layer: JSON) -> [Int]? {
    let config = layer["config"]
    let shape = config?["batch_input_shape"] ?? config?["batch_shape"]
    return shape?.array?.map { $0.integer ?? 0 }
  }

  /// Every layer of a functional model takes the one before it and nothing else.
  private static func checkChain(_ layers: [JSON], _ reader: LayerReader) throws {
    for (previous, layer) in zip(layers, layers.dropFirst()) {
      let inputs = layer["inbound_nodes"].map(sources) ?? []
      if inputs != [reader.name(previous)] {
        throw reader.refuse(
          "layer \(reader.name(layer)): its inputs", "only \(reader.name(previous))",
          inputs.isEmpty ? "none" : inputs.joined(separator: ", "),
          hint: "Only a chain of layers can be trained here.")
      }
    }
    if let inputs = layers[0]["inbound_nodes"].map(sources), !inputs.isEmpty {
      throw reader.refuse("layer \(reader.name(layers[0])): its inputs", "none", inputs[0])
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
