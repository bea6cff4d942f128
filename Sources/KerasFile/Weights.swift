import HDF5
import Model
import Support

/// The group `model_weights`: a group for every layer, with the attribute `weight_names`.
enum Weights {
  /// Reads all weights into the flat order of `layout`.
  static func read(_ root: borrowing H5Group, _ layout: ParameterLayout) throws -> [Float] {
    let group = try root.group("model_weights")
    var weights = [Float](repeating: 0, count: layout.count)
    var done: Set<String> = []
    for tensor in layout.tensors where done.insert(tensor.layer).inserted {
      let tensors = layout.tensors(ofLayer: tensor.layerIndex)
      let layer = try group.group(tensor.layer)
      let names = try layer.strings(attribute: "weight_names") ?? []
      if names.count != tensors.count {
        throw Failure(
          .badData, "has the wrong number of weights", at: layer.location,
          expected: tensors.map(\.role).joined(separator: " and "),
          found: names.isEmpty ? "none" : names.joined(separator: ", "))
      }
      for (tensor, name) in zip(tensors, names) {
        try read(layer.dataset(name), tensor, into: &weights, at: tensor.range)
      }
    }
    return weights
  }

  /// Refuses whole numbers: no Keras keeps weights so.
  static func requireFloats(_ dataset: borrowing H5Dataset) throws {
    if case .float = dataset.type { return }
    throw Failure(
      .badData, "has the wrong type", at: dataset.location, expected: "floating-point numbers",
      found: dataset.type.description)
  }

  /// Reads one tensor into its place, refusing wrong types and shapes, and values that are not
  /// finite.
  static func read(
    _ dataset: borrowing H5Dataset, _ tensor: ParameterTensor, into target: inout [Float],
    at range: Range<Int>
  ) throws {
    if dataset.shape != tensor.shape {
      throw Failure(
        .badData, "has the wrong shape", at: dataset.location,
        expected: "\(tensor.shape) by the file's model_config", found: "\(dataset.shape)")
    }
    try requireFloats(dataset)
    let values: [Float] = try dataset.values()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw Failure(
        .badData, "holds a value that is not finite", at: "\(dataset.location), value \(bad)",
        found: "\(values[bad])",
        hint: "The training that made this model diverged: use an earlier model.")
    }
    target.replaceSubrange(range, with: values)
  }

  /// Writes the group, the weights in the flat order of `layout`.
  static func write(
    _ weights: [Float], _ architecture: Architecture, _ layout: ParameterLayout,
    to root: borrowing H5Group
  ) throws {
    let group = try root.createGroup("model_weights")
    let names = [architecture.inputName] + architecture.layers.map(\.name)
    try group.set(attribute: "layer_names", names, ascii: true)
    try group.set(attribute: "backend", KerasFile.backend, ascii: true)
    try group.set(attribute: "keras_version", KerasFile.kerasVersion, ascii: true)
    for name in names + ["top_level_model_weights"] {
      let layer = try group.createGroup(name)
      let tensors = layout.tensors.filter { $0.layer == name }
      try setWeightNames(tensors.map(\.kerasName), of: layer)
      for tensor in tensors {
        try write(tensor.kerasName, weights[tensor.range], tensor.shape, to: layer)
      }
    }
  }

  /// Writes one tensor under a name with slashes.
  static func write(
    _ name: String, _ values: ArraySlice<Float>, _ shape: [Int], to group: borrowing H5Group
  ) throws {
    let parts = name.split(separator: "/").map(String.init)
    let folder = try group.createGroup(parts.dropLast().joined(separator: "/"))
    try values.withUnsafeBufferPointer {
      try folder.write(parts[parts.count - 1], $0, shape: shape)
    }
  }

  /// The attribute that Keras lists weights in; for none it writes an empty list of floats.
  static func setWeightNames(_ names: [String], of group: borrowing H5Group) throws {
    if names.isEmpty {
      try group.set(attribute: "weight_names", [Double]())
    } else {
      try group.set(attribute: "weight_names", names, ascii: true)
    }
  }
}
