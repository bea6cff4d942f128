import HDF5
import Model
import Support

/// The optimizer's state beside `LayerVariables`: `optimizer/vars/0` is the step count; in Keras 3
/// `1` is the learning rate; then, weight by weight, Adam's `m` and `v` or SGD's momentum. Frozen
/// layers have none.
enum OptimizerVariables {
  private static let path = "optimizer/vars"

  /// Writes the state as Keras 3 does.
  static func write(
    _ state: OptimizerState, _ optimizer: OptimizerConfiguration, _ model: Architecture,
    to root: borrowing H5Group
  ) throws {
    let group = try root.createGroup(path)
    try group.set(attribute: "name", optimizer.name == "adam" ? "adam" : "SGD")
    try group.write("0", [Int64(state.step)], shape: [])
    try group.write("1", [optimizer.learningRate], shape: [])
    var next = 2
    for tensor in ParameterLayout(model).trained(of: model) {
      for slot in state.slots {
        try slot[tensor.range].withUnsafeBufferPointer {
          try group.write("\(next)", $0, shape: tensor.shape)
        }
        next += 1
      }
    }
  }

  /// Reads the state; nil when the file has none, as those of Keras 2's legacy optimizers.
  /// - Throws: `Failure(.badData)` for one that is not of this optimizer and network.
  static func read(
    _ root: borrowing H5Group, _ optimizer: OptimizerConfiguration, _ model: Architecture
  ) throws -> OptimizerState? {
    guard try root.kind(path) == .group else { return nil }
    let group = try root.group(path)
    let count = try group.children().count
    if count == 0 { return nil }
    let step = try OptimizerWeights.stepCount(group.dataset("0"))
    let layout = ParameterLayout(model)
    let trained = layout.trained(of: model)
    let slots = optimizer.slotNames.count
    var next = try count > 1 && group.dataset("1").shape.isEmpty ? 2 : 1
    // Keras 2's SGD keeps a momentum that it does not use.
    guard slots == 0 || count == next + slots * trained.count else {
      throw Failure(
        .badData, "the optimizer's state is incomplete", at: group.location,
        expected: "\(next + slots * trained.count) variables", found: "\(count)",
        hint: "Start the optimizer anew with --fresh-optimizer, or save the model again.")
    }
    let zeros = [Float](repeating: 0, count: layout.count)
    var state = OptimizerState(step: step, slots: Array(repeating: zeros, count: slots))
    for tensor in trained {
      for slot in 0..<slots {
        try Weights.read(
          group.dataset("\(next)"), tensor, into: &state.slots[slot], at: tensor.range)
        next += 1
      }
    }
    return state
  }
}

extension ParameterLayout {
  /// The tensors of layers that are trained, in order: those that optimizers keep moments of.
  func trained(of architecture: Architecture) -> [ParameterTensor] {
    tensors.filter { architecture.layers[$0.layerIndex].trainable }
  }
}
