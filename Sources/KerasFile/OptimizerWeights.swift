import HDF5
import Model
import Support

/// The group `optimizer_weights`: the step count and the moments of every weight.
enum OptimizerWeights {
  /// Writes the state as Keras's legacy optimizers do: `Adam/iter:0`, then every `m`, every `v` and
  /// an empty `vhat`, of the layers that are trained.
  static func write(
    _ state: OptimizerState, _ optimizer: OptimizerConfiguration, _ model: Architecture,
    to root: borrowing H5Group
  ) throws {
    let group = try root.createGroup("optimizer_weights")
    let name = TrainingConfig.className(optimizer)
    let folder = try group.createGroup(name)
    try folder.write("iter:0", [Int64(state.step)], shape: [])
    var names = ["\(name)/iter:0"]
    for (slot, values) in zip(slotNames(optimizer), state.slots) {
      for tensor in ParameterLayout(model).trained(of: model) {
        let path = "\(name)/\(tensor.layer)/\(tensor.role)/\(slot):0"
        names.append(path)
        try Weights.write(path, values[tensor.range], tensor.shape, to: group)
      }
    }
    if case .adam = optimizer {
      // AMSGrad's, empty as Keras 2.3.1 has them without it: it counts them, later ones leave them.
      for tensor in ParameterLayout(model).trained(of: model) {
        let path = "\(name)/\(tensor.layer)/\(tensor.role)/vhat:0"
        names.append(path)
        try Weights.write(path, [0], [1], to: group)
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
  /// is not known (Keras then starts afresh, too). Layers that were not trained have no moments;
  /// theirs are 0.
  static func read(
    _ root: borrowing H5Group, _ optimizer: OptimizerConfiguration, _ model: Architecture
  ) throws -> OptimizerState? {
    guard try root.kind("optimizer_weights") == .group else { return nil }
    let group = try root.group("optimizer_weights")
    let names = try group.strings(attribute: "weight_names") ?? []
    let layout = ParameterLayout(model)
    let trained = layout.trained(of: model)
    if let state = try readCounted(group, names, optimizer, layout, trained) { return state }
    guard let iterations = names.first(where: isStepCount) else { return nil }
    var state = OptimizerState(step: try stepCount(group.dataset(iterations)), slots: [])
    for slot in optimizer.slotNames {
      let paths = trained.enumerated().map { position, tensor in
        names.first { matches($0, tensor, slot, position) }
      }
      if paths.allSatisfy({ $0 == nil }) { return nil }
      var values = [Float](repeating: 0, count: layout.count)
      for (tensor, path) in zip(trained, paths) {
        guard let path else {
          throw Failure(
            .badData, "the optimizer's state is incomplete", at: group.location,
            expected: "\(slot) of \(tensor.layer)/\(tensor.role)", found: "nothing",
            hint: "Start the optimizer anew with --fresh-optimizer, or save the model again.")
        }
        try Weights.read(group.dataset(path), tensor, into: &values, at: tensor.range)
      }
      state.slots.append(values)
    }
    return state
  }

  /// The state in the manner of Keras 2.0 to 2.2, which calls everything a variable: the step count,
  /// slot by slot the moments (`training/Adam/Variable_3:0`), and AMSGrad's empty ones. Nil for
  /// another manner.
  private static func readCounted(
    _ group: borrowing H5Group, _ names: [String], _ optimizer: OptimizerConfiguration,
    _ layout: ParameterLayout, _ trained: [ParameterTensor]
  ) throws -> OptimizerState? {
    func isCounted(_ name: String) -> Bool {
      (name.split(separator: "/").last ?? "").hasPrefix("Variable")
    }
    guard names.count > optimizer.slotNames.count * trained.count,
      isStepCount(names[0]), names.dropFirst().allSatisfy(isCounted)
    else { return nil }
    var state = OptimizerState(step: try stepCount(group.dataset(names[0])), slots: [])
    var next = 1
    for _ in optimizer.slotNames {
      var values = [Float](repeating: 0, count: layout.count)
      for tensor in trained {
        try Weights.read(group.dataset(names[next]), tensor, into: &values, at: tensor.range)
        next += 1
      }
      state.slots.append(values)
    }
    return state
  }

  /// A step count, which some versions keep as a floating-point number.
  static func stepCount(_ dataset: borrowing H5Dataset) throws -> Int {
    let steps: [Int64] = dataset.count == 1 ? try dataset.values() : []
    guard let step = steps.first, step >= 0 else {
      throw Failure(
        .badData, "is not a step count", at: dataset.location, expected: "one number from 0",
        found: steps.first.map { "\($0)" } ?? "the shape \(dataset.shape)")
    }
    return Int(step)
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
    _ name: String, _ tensor: ParameterTensor, _ slot: String, _ position: Int
  ) -> Bool {
    let legacy = slot == "m" ? ["m", "momentum"] : [slot]
    let (layer, role) = (tensor.layer, tensor.role)
    let ends =
      ["/\(slot)/\(layer)/\(role):0"] + legacy.map { "/\(layer)/\(role)/\($0):0" }
      + ["/\(layer)_\(role)_\(slot == "m" ? "momentum" : "velocity")"]
    if ends.contains(where: { name.hasSuffix($0) }) { return true }
    guard let last = name.split(separator: "/").last else { return false }
    let counted = (slot == "m" ? ["m", "moment"] : [slot]).map { "\($0)_\(position)" }
    return counted.contains { last == "\($0):0" || last.hasPrefix("\($0)_") }
  }
}
