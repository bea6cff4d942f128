import HDF5
import Support

/// Files of weights without the network: what `save_weights` writes.
enum WeightsOnly {
  /// A layer as far as such a file tells of it.
  struct Layer {
    /// Its name, or its group's name where the file does not tell it.
    var name: String
    /// Its group's name: by the class, in Keras 3's layout.
    var group: String
    /// Empty for layers without weights.
    var tensors: [KerasTensor]
  }

  /// The layers in order; nil where this is no file of weights. In Keras 3's layout the groups of
  /// different classes have no order among them: they come class by class.
  static func layers(_ root: borrowing H5Group) throws -> [Layer]? {
    if let names = try list("layer_names", of: root) {
      return try names.map { try legacyLayer($0, root) }
    }
    guard let container = try LayerVariables.container(root) else { return nil }
    let group = try root.group(container)
    return try group.children().sorted(by: isBefore).map { try numberedLayer($0, group) }
  }

  /// Keras 2's layout: the attribute `weight_names` of the layer's group lists its tensors.
  private static func legacyLayer(_ name: String, _ root: borrowing H5Group) throws -> Layer {
    let group = try root.group(name)
    let names = try list("weight_names", of: group) ?? []
    let tensors = try names.map { tensor in
      try self.tensor(tensor, of: name, group.dataset(tensor))
    }
    return Layer(name: name, group: name, tensors: tensors)
  }

  /// Keras 3's layout: tensors are numbered.
  private static func numberedLayer(_ name: String, _ layers: borrowing H5Group) throws -> Layer {
    guard try layers.kind("\(name)/vars") == .group else {
      return Layer(name: name, group: name, tensors: [])
    }
    let group = try layers.group("\(name)/vars")
    let own = try group.string(attribute: "name") ?? name
    let tensors = try group.children().sorted(by: isBefore).map { number in
      try tensor(number, of: own, group.dataset(number))
    }
    return Layer(name: own, group: name, tensors: tensors)
  }

  private static func tensor(
    _ name: String, of layer: String, _ dataset: borrowing H5Dataset
  ) throws -> KerasTensor {
    try Weights.requireFloats(dataset)
    return KerasTensor(
      layer: layer, name: name, shape: dataset.shape, values: try dataset.values())
  }

  /// A list of names, which Keras splits over `names0`, `names1`, … when it is long.
  private static func list(_ name: String, of group: borrowing H5Group) throws -> [String]? {
    if let names = try group.strings(attribute: name) { return names }
    var names: [String] = []
    var count = 0
    while let more = try group.strings(attribute: "\(name)\(count)") {
      names += more
      count += 1
    }
    return count == 0 ? nil : names
  }

  /// conv2d, conv2d_2, conv2d_10, dense: by name, then by number.
  private static func isBefore(_ a: String, _ b: String) -> Bool { key(a) < key(b) }

  private static func key(_ group: String) -> (String, Int) {
    if let number = Int(group) { return ("", number) }
    let parts = group.split(separator: "_")
    guard parts.count > 1, let number = Int(parts[parts.count - 1]) else { return (group, 0) }
    return (parts.dropLast().joined(separator: "_"), number)
  }
}
