import Isolation
import Model
import Support

extension KerasModel: IsolatedResult {
  public mutating func detachArrays() -> [[Float]] {
    var arrays = [weights]
    weights = []
    if let slots = optimizerState?.slots {
      arrays += slots
      optimizerState?.slots = []
    }
    return arrays
  }

  public mutating func attach(_ arrays: [[Float]]) throws {
    guard let first = arrays.first, optimizerState != nil || arrays.count == 1 else {
      throw Failure(.badData, "the model's weights are missing", found: "\(arrays.count) arrays")
    }
    weights = first
    optimizerState?.slots = Array(arrays.dropFirst())
  }

  /// That the network can be built and every number in it is usable.
  public func check(at path: String) throws {
    do {
      try architecture.check()
      try checkNames()
      try checkNumbers()
    } catch var failure as Failure {
      failure.place = path
      throw failure
    }
  }

  /// Names are shown: they must not steer a terminal.
  private func checkNames() throws {
    var names = [architecture.name, architecture.inputName] + architecture.layers.map(\.name)
    names += classes ?? []
    names += [kerasVersion, backend, programVersion, stateRemark].compactMap { $0 }
    guard let wrong = (names + assumptions).first(where: \.hasControls) else { return }
    throw Failure(
      .badData, "has a name with characters that cannot be shown", found: wrong.forTerminal())
  }

  private func checkNumbers() throws {
    let count = ParameterLayout(architecture).count
    guard weights.count == count else {
      throw Failure(
        .badData, "the model has another number of weights than its layers",
        expected: "\(count)", found: "\(weights.count)")
    }
    try KerasFile.checkFacts(of: self, "")
    try KerasFile.checkNumbers(of: optimizer, "")
    if let state = optimizerState {
      let slots = optimizer?.slotNames.count ?? 0
      guard state.slots.count == slots, state.slots.allSatisfy({ $0.count == count }),
        (0...1 << 53).contains(state.step)
      else { throw Failure(.badData, "the optimizer's state does not fit the model") }
    }
    let arrays = [weights] + (optimizerState?.slots ?? [])
    guard arrays.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw Failure(.badData, "holds a value that is not finite")
    }
  }
}
