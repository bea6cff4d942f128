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

  /// Reads the state of `optimizer`; nil when the file has none: a model that was not trained yet has
  /// a step count alone. Layers that were not trained have no moments; theirs are 0.
  /// - Throws: `UnfitState` for one of other layers, or that names its parts in a way that is not
  ///   known (Keras then starts afresh, too); `Failure(.badData)` for numbers that nothing can have.
  static func read(
    _ root: borrowing H5Group, _ optimizer: OptimizerConfiguration, _ model: Architecture
  ) throws -> OptimizerState? {
    guard try root.kind("optimizer_weights") == .group else { return nil }
    let group = try root.group("optimizer_weights")
    let listed = try group.strings(attribute: "weight_names") ?? []
    let layout = ParameterLayout(model)
    let names = OptimizerNames(listed, optimizer, layout)
    guard let iterations = names.stepCount else {
      if listed.isEmpty { return nil }
      throw UnfitState.unknownNames
    }
    let step = try stepCount(group.dataset(iterations))
    if optimizer.slotNames.isEmpty { return OptimizerState(step: step, slots: []) }
    guard names.hasMoments else { return nil }
    var state = OptimizerState(step: step, slots: [])
    for paths in try momentPaths(listed, names, optimizer, model, layout) {
      var values = [Float](repeating: 0, count: layout.count)
      for (tensor, path) in zip(layout.trained(of: model), paths) {
        try readMoment(group.dataset(path), tensor, into: &values)
      }
      state.slots.append(values)
    }
    return state
  }

  /// Slot by slot the names of the moments of the tensors that are trained, in order.
  private static func momentPaths(
    _ listed: [String], _ names: OptimizerNames, _ optimizer: OptimizerConfiguration,
    _ model: Architecture, _ layout: ParameterLayout
  ) throws -> [[String]] {
    let trained = layout.tensors.indices.filter {
      model.layers[layout.tensors[$0].layerIndex].trainable
    }
    let slots = optimizer.slotNames.indices
    if listed.dropFirst().allSatisfy(isVariable) {
      return try variables(listed, optimizer, trained.count)
    }
    var isKnown = false
    for scope in [nil, model.name] {
      guard let found = names.moments(inside: scope), !found.isEmpty else { continue }
      isKnown = true
      let paths = slots.map { slot in
        trained.compactMap { found[OptimizerNames.Moment(slot: slot, tensor: $0)] }
      }
      // With moments of others Keras starts anew, too.
      if paths.allSatisfy({ $0.count == trained.count }), found.count == slots.count * trained.count
      {
        return paths
      }
    }
    let counted = slots.map(names.counted)
    guard !isKnown, counted.contains(where: { !$0.isEmpty }) else {
      throw isKnown ? UnfitState.ofOtherLayers : UnfitState.unknownNames
    }
    return try counted.map { found in
      let paths = trained.indices.compactMap { found[$0] }
      // One more or less, and every moment would be another layer's.
      guard paths.count == trained.count, found.count == trained.count else {
        throw UnfitState.ofOtherLayers
      }
      return paths
    }
  }

  private static func isVariable(_ name: String) -> Bool {
    (name.split(separator: "/").last ?? "").hasPrefix("Variable")
  }

  /// In the manner of Keras 2.0 to 2.2, which calls everything a variable: the step count, slot by
  /// slot the moments (`training/Adam/Variable_3:0`), and since 2.1.3 AMSGrad's empty ones.
  private static func variables(
    _ names: [String], _ optimizer: OptimizerConfiguration, _ count: Int
  ) throws -> [[String]] {
    let slots = optimizer.slotNames.count
    let sizes = optimizer.name == "adam" ? [slots, slots + 1] : [slots]
    guard sizes.contains(where: { names.count == 1 + $0 * count }) else {
      throw UnfitState.ofOtherLayers
    }
    return (0..<slots).map { Array(names[(1 + $0 * count)..<(1 + ($0 + 1) * count)]) }
  }

  /// Reads the moment of one tensor into its place.
  static func readMoment(
    _ dataset: borrowing H5Dataset, _ tensor: ParameterTensor, into values: inout [Float]
  ) throws {
    guard dataset.shape == tensor.shape else { throw UnfitState.ofOtherLayers }
    try Weights.read(dataset, tensor, into: &values, at: tensor.range)
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
}
