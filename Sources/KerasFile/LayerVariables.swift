import HDF5
import Model
import Support

/// The layout of Keras 3's weights, which Keras 2.12 to 2.15 share: `layers/conv2d_1/vars/0`. Layers
/// are named by class and by counting, whatever names they have, and variables by counting.
///
/// It is what `model.weights.h5` in a `.keras` file holds, and a `.weights.h5` file.
enum LayerVariables {
  /// Where the layers may be: the latter in Keras 2.12.
  static let containers = ["layers", "_layer_checkpoint_dependencies"]

  /// The groups of the input and of every layer, in order: `input_layer`, `conv2d`, `max_pooling2d`,
  /// `conv2d_1`, …
  static func groupNames(_ architecture: Architecture) -> [String] {
    var counts: [String: Int] = [:]
    return (["InputLayer"] + architecture.layers.map(\.className)).map { className in
      let name = snakeCase(className)
      defer { counts[name, default: 0] += 1 }
      return counts[name].map { "\(name)_\($0)" } ?? name
    }
  }

  /// Keras's name of a class among groups: Conv2D is `conv2d`, MaxPooling2D `max_pooling2d` (a digit
  /// and the D after it belong to the word before).
  private static func snakeCase(_ className: String) -> String {
    var name = ""
    for character in className {
      if character.isUppercase, let last = name.last, last.isLowercase { name += "_" }
      name += character.lowercased()
    }
    return name
  }

  /// The group with the layers, or nil where this is another kind of file.
  static func container(_ root: borrowing H5Group) throws -> String? {
    try containers.first { try root.kind($0) == .group }
  }

  /// Reads all weights into the flat order of `layout`.
  static func read(
    _ root: borrowing H5Group, _ architecture: Architecture, _ layout: ParameterLayout
  ) throws -> [Float] {
    guard let container = try container(root) else {
      throw Failure(.badData, "holds no layers", at: root.location, expected: "a group layers")
    }
    let layers = try root.group(container)
    var weights = [Float](repeating: 0, count: layout.count)
    for (index, group) in groupNames(architecture).dropFirst().enumerated() {
      let tensors = layout.tensors(ofLayer: index)
      if tensors.isEmpty { continue }
      let variables = try layers.group("\(group)/vars")
      let names = try variables.children()
      guard names.count == tensors.count else {
        throw Failure(
          .badData, "has the wrong number of weights", at: variables.location,
          expected: tensors.map(\.role).joined(separator: " and "),
          found: names.isEmpty ? "none" : names.joined(separator: ", "))
      }
      for (position, tensor) in tensors.enumerated() {
        try Weights.read(
          variables.dataset("\(position)"), tensor, into: &weights, at: tensor.range)
      }
    }
    return weights
  }

  /// Writes a group for the input and every layer, with the layer's own name as an attribute.
  static func write(
    _ weights: [Float], _ architecture: Architecture, _ layout: ParameterLayout,
    to root: borrowing H5Group
  ) throws {
    let layers = try root.createGroup(containers[0])
    let names = [architecture.inputName] + architecture.layers.map(\.name)
    for (index, group) in groupNames(architecture).enumerated() {
      let variables = try layers.createGroup("\(group)/vars")
      try variables.set(attribute: "name", names[index])
      for (position, tensor) in layout.tensors(ofLayer: index - 1).enumerated() {
        try weights[tensor.range].withUnsafeBufferPointer {
          try variables.write("\(position)", $0, shape: tensor.shape)
        }
      }
    }
    try root.createGroup("vars").set(attribute: "name", architecture.name)
  }
}
