import HDF5
import Model
import Support

/// The group `optimizer_weights`: the step count and the moments of every weight.
enum OptimizerWeights {
  /// Writes the state as Keras's legacy optimizers do: `Adam/iter:0`, then every `m`, every `v`.
  static func write(
    _ state: OptimizerState, _ optimizer: OptimizerConfiguration, _ layout: ParameterLayout,
    to root: borrowing H5Group
  ) throws {
    let group = try root.createGroup("optimizer_weights")
    let name = TrainingConfig.className(optimizer)
    let folder = try group.createGroup(name)
    try folder.write("iter:0", [Int64(state.step)], shape: [])
    var names = ["\(name)/iter:0"]
    for (slot, values) in zip(slotNames(optimizer), state.slots) {
      for tensor in layout.tensors {
        let path = "\(name)/\(tensor.layer)/\(tensor.role)/\(slot):0"
        names.append(path)
        try Weights.write(path, values[tensor.range], tensor.shape, to: group)
      }
    }
    try Weights.setWeightNames(names, of: group)
  }

  /// Legacy Keras's names for the slots.
  private static func slotNames(_ optimizer: OptimizerConfiguration) -> [String] {
    switch optimizer {
    case .adam: ["m", "v"]
    case .sgd: optimizer.slotNames.isEmpty ? [] : ["momentum"]
    }
  }

  /// Reads the state of `optimizer`; nil when the file has none, or names its parts in a way that
  /// is not known (Keras then starts afresh, too).
  /// - Parameter frozen: layers that were not trained and have no moments; theirs are 0.
  static func read(
    _ root: borrowing H5Group, _ optimizer: OptimizerConfiguration, _ layout: ParameterLayout,
    frozen: Set<String>
  ) throws -> OptimizerState? {
    guard try root.kind("optimizer_weights") == .group else { return nil }
    let group = try root.group("optimizer_weights")
    let names = try group.strings(attribute: "weight_names") ?? []
    guard let iterations = names.first(where: isStepCount) else { return nil }
    let step: [Int64] = try group.dataset(iterations).values()
    guard step.count == 1, step[0] >= 0 else {
      throw Failure(
        .badData, "is not a step count", at: "\(group.location)/\(iterations)",
        expected: "one number from 0", found: "\(step)")
    }
    var state = OptimizerState(step: Int(step[0]), slots: [])
    let trained = layout.tensors.filter { !frozen.contains($0.layer) }
    for slot in optimizer.slotNames {
      let paths = layout.tensors.map { tensor in
        let position = trained.firstIndex(of: tensor)
        return names.first { matches($0, tensor, slot, position) }
      }
      if paths.allSatisfy({ $0 == nil }) { return nil }
      var values = [Float](repeating: 0, count: layout.count)
      for (tensor, path) in zip(layout.tensors, paths) {
        if let path {
          try Weights.read(group.dataset(path), tensor, into: &values, at: tensor.range)
        } else if !frozen.contains(tensor.layer) {
          throw Failure(
            .badData, "the optimizer's state is incomplete", at: group.location,
            expected: "\(slot) of \(tensor.layer)/\(tensor.role)", found: "nothing",
            hint: "Start the optimizer anew with --fresh-optimizer, or save the model again.")
        }
      }
      state.slots.append(values)
    }
    return state
  }

  private static func isStepCount(_ name: String) -> Bool {
    let last = name.split(separator: "/").last ?? ""
    return ["iter:0", "iteration:0", "iterations:0", "iteration"].contains(String(last))
  }

  /// Whether a name means this slot of this tensor, in the manner of: Keras 2.11 to 2.15
  /// (`Adam/m/dense_1/kernel:0`), TensorFlow's Keras before that and legacy optimizers
  /// (`Adam/dense_1/kernel/m:0`, `SGD/dense_1/kernel/momentum:0`), Keras 3
  /// (`adam/dense_1_kernel_velocity`), and Keras 2.3, which counts (`training/Adam/m_4_1:0` is of
  /// the trained tensor at position 4).
  private static func matches(
    _ name: String, _ tensor: ParameterTensor, _ slot: String, _ position: Int?
  ) -> Bool {
    let legacy = slot == "m" ? ["m", "momentum"] : [slot]
    let (layer, role) = (tensor.layer, tensor.role)
    let ends =
      ["/\(slot)/\(layer)/\(role):0"] + legacy.map { "/\(layer)/\(role)/\($0):0" }
      + ["/\(layer)_\(role)_\(slot == "m" ? "momentum" : "velocity")"]
    if ends.contains(where: { name.hasSuffix($0) }) { return true }
    guard let position, let last = name.split(separator: "/").last else { return false }
    let counted = (slot == "m" ? ["m", "moment"] : [slot]).map { "\($0)_\(position)" }
    return counted.contains { last == "\($0):0" || last.hasPrefix("\($0)_") }
  }
}
