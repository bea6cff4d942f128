import Model
import Support

/// The parameters of one layer in `model_config`.
struct Fields {
  var reader: LayerReader
  var layer: String
  var config: JSON

  func refuse(_ field: String, _ expected: String) -> Failure {
    reader.refuse("layer \(layer): \(field)", expected, config[field]?.text ?? "none")
  }

  /// A text that must have this value where the file has it: the defaults are what is wanted.
  func require(_ field: String, _ value: String) throws {
    guard let found = config[field], !found.isNull else { return }
    if found.string != value { throw refuse(field, "\"\(value)\"") }
  }

  func requirePair(_ field: String, _ value: [Int]) throws {
    guard let found = config[field], !found.isNull else { return }
    if found.integers != value { throw refuse(field, "\(value)") }
  }

  func requireNull(_ field: String) throws {
    if let found = config[field], !found.isNull { throw refuse(field, "none") }
  }

  /// A whole number of at least 1.
  func count(_ field: String) throws -> Int {
    guard let value = config[field]?.integer, value > 0 else { throw refuse(field, "at least 1") }
    return value
  }

  /// Height and width, each at least 1.
  func size(_ field: String) throws -> (height: Int, width: Int) {
    guard let size = config[field]?.integers, size.count == 2, size.allSatisfy({ $0 > 0 }) else {
      throw refuse(field, "a height and a width of at least 1")
    }
    return (size[0], size[1])
  }

  func padding() throws -> Padding {
    guard let padding = (config["padding"]?.string).flatMap(Padding.init(rawValue:)) else {
      throw refuse("padding", "\"same\" or \"valid\"")
    }
    return padding
  }

  /// Single precision, which is a name or, in Keras 3, a policy with a name.
  func requireSinglePrecision() throws {
    guard let found = config["dtype"], !found.isNull else { return }
    let name = found.string ?? found["config"]?["name"]?.string
    if name != "float32" { throw refuse("dtype", "float32") }
  }

  /// The activation: its name, or in some versions an object with the name of one of Keras's
  /// functions.
  func activation() throws -> Activation {
    let found = config["activation"] ?? .null
    if found.isNull { return .linear }
    let isFunction = found["class_name"]?.string == "function" && LayerReader.isKeras(found)
    let name = found.string ?? (isFunction ? found["config"]?.string : nil)
    guard let activation = name.flatMap(Activation.init(kerasName:)) else {
      let known = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      throw refuse("activation", "one of \(known)")
    }
    return activation
  }

  /// Whether there is a bias, and the L2 penalty of the kernel, 0 for none; every other penalty or
  /// constraint is refused.
  func weights() throws -> (useBias: Bool, l2: Float) {
    for field in [
      "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
      "quantization_config", "lora_rank",
    ] { try requireNull(field) }
    let useBias = config["use_bias"] ?? .bool(true)
    guard let useBias = useBias.bool else { throw refuse("use_bias", "true or false") }
    guard let penalty = config["kernel_regularizer"], !penalty.isNull else { return (useBias, 0) }
    let kind = penalty["class_name"]?.string ?? ""
    guard ["L2", "L1L2"].contains(kind), LayerReader.isKeras(penalty),
      (penalty["config"]?["l1"]?.number ?? 0) == 0,
      let l2 = penalty["config"]?["l2"]?.number, l2 >= 0, l2.isFinite
    else { throw refuse("kernel_regularizer", "L2 or none") }
    return (useBias, Float(l2))
  }
}
