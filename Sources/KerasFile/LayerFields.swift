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

  /// The activation: its name, or in some versions an object with the name.
  func activation() throws -> Activation {
    let found = config["activation"] ?? .null
    if found.isNull { return .linear }
    let name = found.string ?? found["config"]?.string ?? found["class_name"]?.string
    guard let activation = name.flatMap({ Activation(rawValue: $0.lowercased()) }) else {
      throw refuse("activation", "linear, relu or softmax")
    }
    return activation
  }

  /// The L2 penalty of a kernel, 0 for none; every other penalty, constraint or a missing bias is
  /// refused.
  func l2() throws -> Float {
    if config["use_bias"]?.bool == false { throw refuse("use_bias", "true") }
    for field in [
      "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
    ] { try requireNull(field) }
    guard let penalty = config["kernel_regularizer"], !penalty.isNull else { return 0 }
    let kind = penalty["class_name"]?.string ?? ""
    guard ["L2", "L1L2"].contains(kind), (penalty["config"]?["l1"]?.number ?? 0) == 0,
      let l2 = penalty["config"]?["l2"]?.number, l2 >= 0, l2.isFinite
    else { throw refuse("kernel_regularizer", "L2 or none") }
    return Float(l2)
  }
}
