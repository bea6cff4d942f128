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

  /// Reads the state; nil when the file has none, as those of Keras 2's legacy optimizers and of
  /// models that were not trained yet, which have a step count at most.
  /// - Throws: `UnfitState` for one of other layers; `Failure(.badData)` for numbers that nothing can
  ///   have.
  static func read(
    _ root: borrowing H5Group, _ optimizer: OptimizerConfiguration, _ model: Architecture
  ) throws -> OptimizerState? {
    guard try root.kind(path) == .group else { return nil }
    let group = try root.group(path)
    let count = try group.children().count
    if count == 0 { return nil }
    let layout = ParameterLayout(model)
    let trained = layout.trained(of: model)
    let slots = optimizer.slotNames.count
    let step = try OptimizerWeights.stepCount(group.dataset("0"))
    let zeros = [Float](repeating: 0, count: layout.count)
    var state = OptimizerState(step: step, slots: Array(repeating: zeros, count: slots))
    // Keras 2's SGD keeps a momentum that it does not use.
    if slots == 0 { return state }
    var next = try count > 1 && group.dataset("1").shape.isEmpty ? 2 : 1
    if count == next { return nil }
    guard count == next + slots * trained.count else { throw UnfitState.ofOtherLayers }
    for tensor in trained {
      for slot in 0..<slots {
        try OptimizerWeights.readMoment(
          group.dataset("\(next)"), tensor, into: &state.slots[slot])
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
