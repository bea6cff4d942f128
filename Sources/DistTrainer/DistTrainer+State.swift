import Collectives
import Model
import Support

// What is kept of the model, and when it is made whole.
//
// A sharded run's moments of the classifier's kernel lie with its rows' ranks. They are copied there, at the
// start of every epoch and after the best one, and go to rank 0 only when a state is saved.

/// What rank 0's callbacks asked for in an epoch's end.
struct EpochDecisions {
  var keepsModel = false
  var savesState = false
}

extension DistTrainer {
  /// Room for a copy of the model as this rank has it: everything on rank 0, elsewhere what rank 0 has not.
  static func copy(
    _ world: any Communicator, _ net: PeakNet, _ optimizer: Optimizer, _ sharded: ShardedStep?
  ) -> ModelCopy {
    let ranges =
      world.rank == 0 ? [0..<net.layout.count] : sharded.map(\.ownKernel) ?? []
    return ModelCopy(ranges: ranges, slots: optimizer.slots.count)
  }

  /// Collective: makes the state whole on rank 0, and lets its callbacks see to it.
  func saveState(_ body: (any TrainingCallback) throws -> Void) throws {
    if let sharded {
      try sharded.gatherSlots()
      if let best = bestModel, !bestIsWhole { try sharded.gatherSlots(of: best) }
      bestIsWhole = true
    }
    try onRankZero { for callback in callbacks { try body(callback) } }
  }

  /// Collective: spreads what rank 0's callbacks decided, and does what they asked for.
  func carryOut() throws {
    var decisions: [UInt32] = [
      learningRate.bitPattern, stopReason == nil ? 0 : 1, self.decisions.keepsModel ? 1 : 0,
      self.decisions.savesState ? 1 : 0,
    ]
    try decisions.withUnsafeMutableBytes { try world.broadcast($0, root: 0) }
    self.decisions = EpochDecisions()
    learningRate = Float(bitPattern: decisions[0])
    if decisions[1] != 0 && stopReason == nil { stopReason = "rank 0 ended the run" }
    if decisions[2] != 0 { keepBest() }
    if decisions[3] != 0 { try saveState { try $0.stateReady(self) } }
  }

  private func keepBest() {
    let kept = bestModel ?? Self.copy(world, net, optimizer, sharded)
    kept.save(net, optimizer)
    bestModel = kept
    bestIsWhole = false
  }

  /// Puts a checkpoint's progress back, on rank 0; the weights and the optimizer's state were given to `init`.
  func restoreProgress(_ state: TrainingState) throws {
    epoch = state.epoch
    history = state.history
    for callback in callbacks {
      if let saved = state.callbacks[callback.name] { try callback.restoreState(saved) }
    }
    guard let best else { return }
    let isNow = best.isBest(afterEpochs: state.epoch)
    guard let snapshot = isNow ? state.model : state.best else { return }
    let kept = Self.copy(world, net, optimizer, sharded)
    kept.assign(snapshot)
    bestModel = kept
  }

  // MARK: TrainingControl

  public var learningRate: Float {
    get { optimizer.learningRate }
    set { optimizer.learningRate = newValue }
  }

  public func stopTraining(_ reason: String) { stopReason = reason }
  public func keepModel() { decisions.keepsModel = true }
  public func requestState() { decisions.savesState = true }

  public func capture() throws -> TrainingState {
    var states: [String: String] = [:]
    for callback in callbacks {
      if let state = try callback.captureState() { states[callback.name] = state }
    }
    let bestIsNow = best?.isBest(afterEpochs: epoch) ?? false
    return TrainingState(
      epoch: epoch,
      model: ModelSnapshot(
        weights: Array(net.weights.all), optimizer: optimizer.capture(),
        learningRate: learningRate),
      best: bestIsNow ? nil : bestModel?.snapshot, callbacks: states, history: history)
  }
}
