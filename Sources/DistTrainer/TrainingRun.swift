import Collectives
import Foundation
import KerasFile
import Model
import PeakData
import Support

/// One `train`: reads and validates on rank 0, sets every rank up alike, trains, and leaves the run
/// folder whole.
public final class TrainingRun {
  let world: any Communicator
  let request: TrainingRequest
  let console: Console
  let folder: RunFolder
  private let started = Date()
  private var lock: FolderLock?

  public init(_ request: TrainingRequest, world: any Communicator, console: Console) {
    self.request = request
    self.world = world
    self.console = console
    folder = RunFolder(request.out)
  }

  /// Collective.
  /// - Throws: `Failure`, or `AgreedFailure` where every rank knows.
  public func run() throws -> TrainingOutcome {
    Interruption.install()
    var resumed: Checkpoint?
    let plan: RunPlan = try world.broadcastValue {
      resumed = try findCheckpoint()
      return try makePlan(resuming: resumed)
    }
    if let finished = plan.alreadyFinished {
      if world.rank == 0 { console.say(finished) }
      return .completed
    }
    let dataset = try SharedDataset(on: world, progress: showReading) {
      try openData(plan.data)
    }
    if world.rank == 0 { describe(dataset) }
    var start: StartModel?
    let setup: RunSetup = try world.broadcastValue {
      let model = try startModel(plan, dataset, resumed)
      for note in model.notes {
        note.hasPrefix("Warning") ? console.warn(note) : console.say(note)
      }
      start = model
      return try setUp(plan, dataset, model, resumed)
    }
    if world.rank == 0 {
      for line in setup.parallel.unused(of: request) { console.warn(line) }
      if let line = resumed.flatMap({ setup.parallel.change(from: $0.document, plan.options) }) {
        console.say(line)
      }
    }
    let trained = plan.options.dropout.map(setup.architecture.withDropout) ?? setup.architecture
    let batch = plan.options.largestStep(of: dataset.trainCount)
    let net = try PeakNet(
      architecture: trained,
      maxBatch: max(setup.parallel.parallel.capacity(batch: batch, ranks: world.size), 64))
    let optimizer = Optimizer(setup.optimizer, count: net.layout.count)
    try onRankZero {
      if let start { try fill(net, optimizer, from: start, resumed, setup) }
    }
    let trainer = try DistTrainer(
      world: world, net: net, optimizer: optimizer, dataset: dataset, options: setup.options,
      parallel: setup.parallel.parallel)
    trainer.featurePlan.limit = request.featureCache
    trainer.featurePlan.tell = { [console] in console.say($0) }
    trainer.featurePlan.progress = showFeatures
    return try train(trainer, plan, setup, resumed)
  }

  private func onRankZero(_ body: () throws -> Void) throws {
    try world.agree { if world.rank == 0 { try body() } }
  }

  private func openData(_ path: String?) throws -> any BatchSource {
    if let path { return try BatchesFile.openRehearsed(path) }
    console.say(
      "no --data and no batches.h5 here: training on the embedded demo set (simulated peaks)")
    return DemoSet()
  }

  /// Reading takes seconds only for sets of gigabytes.
  private func showReading(_ share: Double) {
    if Date().timeIntervalSince(started) > 1 {
      console.update(String(format: "reading the peaks  %.0f %%", 100 * share))
    }
  }

  private func showFeatures(_ share: Double) {
    if Date().timeIntervalSince(started) > 1 {
      console.update(String(format: "computing the frozen layers' output  %.0f %%", 100 * share))
    }
  }

  private func describe(_ dataset: SharedDataset) {
    let ranks = world.size == 1 ? "1 rank" : "\(world.size) ranks"
    console.say(
      "\(dataset.trainCount) peaks to train on, \(dataset.testCount) to test "
        + "(\(dataset.header.classes.joined(separator: ", "))); \(ranks)")
  }

  /// Weights and optimizer state on rank 0; the others get them by broadcast.
  private func fill(
    _ net: PeakNet, _ optimizer: Optimizer, from start: StartModel, _ resumed: Checkpoint?,
    _ setup: RunSetup
  ) throws {
    start.fill(net, seed: setup.options.seed)
    if setup.goesOn, let state = start.source?.optimizerState { try optimizer.restore(state) }
    if let resumed { optimizer.learningRate = resumed.learningRate }
  }

  private func train(
    _ trainer: DistTrainer, _ plan: RunPlan, _ setup: RunSetup, _ resumed: Checkpoint?
  ) throws -> TrainingOutcome {
    var record: RunRecord?
    try onRankZero {
      lock = try folder.prepare(removingRun: resumed == nil)
      try addCallbacks(to: trainer, plan, setup)
      if let resumed { try trainer.restoreProgress(resumed.state) }
      if plan.startEarlyStoppingAnew {
        for case let early as EarlyStopping in trainer.callbacks { early.startAnew() }
      }
      record = try beginRecord(plan, setup, parameters: trainer.net.layout.count)
    }
    try trainer.synchronizeProgress()
    do {
      let outcome = try trainer.run(epochs: plan.epochs)
      try onRankZero { try finish(&record, trainer, outcome: outcome) }
      return outcome
    } catch {
      if world.rank == 0 {
        let reason = (error as? AgreedFailure)?.failure.what ?? Failure(wrapping: error).what
        record?.end(at: trainer.epoch, "failed: \(reason)")
        try? record?.write(to: folder.record)
      }
      throw error
    }
  }

  private func finish(
    _ record: inout RunRecord?, _ trainer: DistTrainer, outcome: TrainingOutcome
  ) throws {
    record?.note(secondsToFirstStep: trainer.firstStep?.timeIntervalSince(started))
    switch outcome {
    case .completed: record?.end(at: trainer.epoch, "completed")
    case .stopped(let reason):
      console.say(reason)
      record?.end(at: trainer.epoch, "stopped: \(reason)")
    case .interrupted:
      console.warn(
        "interrupted; the state after \(trainer.epoch) epochs is saved: "
          + "run again with --resume")
      record?.end(at: trainer.epoch, "interrupted")
    }
    try record?.write(to: folder.record)
    if outcome == .interrupted { LaunchSignals.stateIsSaved() }
    if let best = trainer.best?.best, let monitor = trainer.best?.monitor {
      let number = String(format: "%.4f", best.value)
      console.say("best epoch \(best.epoch + 1): \(monitor.rawValue) \(number) (\(folder.best))")
    }
  }
}
