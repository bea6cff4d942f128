import Collectives
import Foundation
import KerasFile
import Model
import Support

extension TrainingRun {
  /// Rank 0's callbacks, in the order in which they act: the checkpoint is last, so that it holds
  /// what the others decided.
  func addCallbacks(to trainer: DistTrainer, _ plan: RunPlan, _ setup: RunSetup) throws {
    let options = setup.options
    let best = BestModel(monitor: options.monitor)
    trainer.best = best
    trainer.callbacks = [
      HistoryWriter(path: folder.history), ProgressLine(console: console, epochs: plan.epochs),
    ]
    if plan.tensorBoard {
      trainer.callbacks.append(TensorBoardWriter(folder: folder, hasTestSet: setup.data.test > 0))
    }
    if let patience = options.reduceLRPatience, let factor = options.reduceLRFactor {
      trainer.callbacks.append(
        ReduceLROnPlateau(monitor: options.monitor, factor: factor, patience: patience) {
          [console] in console.say($0)
        })
    }
    if let patience = options.earlyStopping {
      trainer.callbacks.append(
        EarlyStopping(monitor: options.monitor, patience: patience, minDelta: options.minDelta))
    }
    trainer.callbacks.append(best)
    let template = KerasModel(
      architecture: setup.architecture, weights: [], optimizer: setup.optimizer,
      classes: setup.data.classes, margin: setup.margin, minScanNum: setup.minScanNum)
    var asked = plan.options
    // Which may be the start model's.
    asked.momentum = options.momentum
    let document = CheckpointDocument(
      epoch: plan.completed, epochs: plan.epochs, options: asked,
      startModel: plan.startModel, data: setup.data,
      parallel: setup.parallel.parallel, callbacks: [:], history: [])
    trainer.callbacks.append(
      CheckpointWriter(
        folder: folder, interval: request.checkpointInterval, keep: request.keep,
        template: template, document: document, best: best, console: console))
  }

  func beginRecord(_ plan: RunPlan, _ setup: RunSetup, parameters: Int) throws -> RunRecord {
    var record = RunRecord(
      mpi: MPIEnvironment.libraryVersion, options: setup.options, epochs: plan.epochs,
      startModel: plan.startModel, data: setup.data, parameters: parameters)
    if plan.completed > 0 { record.sessions = RunRecord.read(folder.record)?.sessions ?? [] }
    record.sessions.append(
      RunRecord.Session(
        started: RunRecord.now(), commandLine: request.commandLine,
        host: ProcessInfo.processInfo.hostName, ranks: world.size, fromEpoch: plan.completed,
        parallel: setup.parallel.parallel.described, parallelReason: setup.parallel.why))
    try record.write(to: folder.record)
    return record
  }
}

extension RunRecord {
  mutating func note(secondsToFirstStep seconds: Double?) {
    guard !sessions.isEmpty else { return }
    sessions[sessions.count - 1].secondsToFirstStep = seconds
  }

  /// Closes the last session.
  mutating func end(at epoch: Int, _ outcome: String) {
    guard !sessions.isEmpty else { return }
    sessions[sessions.count - 1].finished = Self.now()
    sessions[sessions.count - 1].toEpoch = epoch
    sessions[sessions.count - 1].outcome = outcome
  }
}

extension Checkpoint {
  /// The state of the training at this checkpoint.
  var state: TrainingState {
    TrainingState(
      epoch: document.epoch,
      model: ModelSnapshot(
        weights: model.weights,
        optimizer: model.optimizerState ?? OptimizerState(step: 0, slots: []),
        learningRate: learningRate),
      best: best, callbacks: document.callbacks, history: document.history)
  }
}

extension DistTrainer {
  /// Tells every rank which epoch comes next, after rank 0 restored a checkpoint.
  func synchronizeProgress() throws {
    var completed = Int64(epoch)
    try withUnsafeMutableBytes(of: &completed) { try world.broadcast($0, root: 0) }
    epoch = Int(completed)
  }
}
