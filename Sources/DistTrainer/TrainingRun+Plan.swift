import Collectives
import Foundation
import KerasFile
import Model
import PeakData
import Support

/// What rank 0 decided before the data is read; the same on every rank.
struct RunPlan: Codable {
  var options: TrainingOptions
  var epochs: Int
  /// Epochs completed already.
  var completed: Int
  var data: String?
  var startModel: String?
  var startEarlyStoppingAnew = false
  /// Whether to write TensorBoard's event files; a resumed run goes on writing its own.
  var tensorBoard = false
  /// Set where nothing is left to do: what to say.
  var alreadyFinished: String?
}

/// What rank 0 decided once the data is known.
struct RunSetup: Codable {
  /// As the model file has it; `--dropout` changes it for the training only.
  var architecture: Architecture
  var options: TrainingOptions
  /// The options', with what else the model's own optimizer was set to where training goes on from
  /// its state.
  var optimizer: OptimizerConfiguration
  /// Whether the optimizer takes over the start model's moments and step count.
  var goesOn: Bool
  var data: DataIdentity
  var margin: Double?
  var minScanNum: Int?
  var parallel: ParallelChoice
}

extension TrainingRun {
  /// The newest whole checkpoint, where resuming is asked for. Damaged ones are named.
  func findCheckpoint() throws -> Checkpoint? {
    switch request.mode {
    case .new:
      try folder.refuseExistingRun()
      return nil
    case .overwrite: return nil
    case .resume: break
    }
    for (epoch, path) in folder.checkpoints() {
      do {
        let checkpoint = try CheckpointFile.readIsolated(path)
        console.say("resuming \(folder.path) after \(epoch) epochs (\(path))")
        return checkpoint
      } catch let failure as Failure {
        console.warn("\(failure)\n  this checkpoint is passed over; the one before it is tried")
      }
    }
    try folder.refuseUnreadableRun()
    console.say("no checkpoint in \(folder.path) yet: starting from the beginning")
    return nil
  }

  func makePlan(resuming checkpoint: Checkpoint?) throws -> RunPlan {
    guard let checkpoint else {
      let options = request.options(over: TrainingOptions())
      try Self.validate(options)
      let batchesHere = FileManager.default.fileExists(atPath: "batches.h5") ? "batches.h5" : nil
      return RunPlan(
        options: options, epochs: request.epochLimit(completed: 0, recorded: nil), completed: 0,
        data: request.data ?? batchesHere, startModel: request.model,
        tensorBoard: request.tensorBoard)
    }
    let document = checkpoint.document
    let asked = request.options(over: document.options)
    try refuseDifferences(checkpoint, asked)
    let epochs = request.epochLimit(completed: document.epoch, recorded: document.epochs)
    var plan = RunPlan(
      options: document.options, epochs: epochs, completed: document.epoch,
      data: request.data ?? document.data.path, startModel: document.startModel)
    plan.tensorBoard =
      request.tensorBoard || document.callbacks[TensorBoardWriter.name] != nil
    // How ranks share the work may change: it is no part of what is computed.
    plan.options.parallel = asked.parallel
    plan.options.lanes = asked.lanes
    plan.options.wire = asked.wire
    if let reason = document.stopReason, epochs == document.epochs {
      plan.alreadyFinished =
        "nothing left to do, \(document.epoch) epochs are trained: \(reason). "
        + "--epochs +N trains N more"
    } else if document.epoch >= epochs {
      plan.alreadyFinished =
        "nothing left to do: \(document.epoch) epochs are trained, \(epochs) were asked for. "
        + "--epochs +N trains N more"
    }
    if plan.alreadyFinished != nil { try completeModels(from: checkpoint) }
    plan.startEarlyStoppingAnew = document.stopReason != nil
    return plan
  }

  /// Writes `model.h5` and `best.h5` again where they are not what the last checkpoint says: the
  /// run may have been killed right after writing that.
  private func completeModels(from checkpoint: Checkpoint) throws {
    var best = checkpoint.model
    if let snapshot = checkpoint.best {
      best.weights = snapshot.weights
      best.optimizerState = snapshot.optimizer
      best.optimizer?.learningRate = snapshot.learningRate
    }
    var files = [(folder.model, checkpoint.model)]
    if checkpoint.document.epoch > 0 { files.append((folder.best, best)) }
    for (path, model) in files where (try? KerasFile.readIsolated(path)) != model {
      try KerasFile.write(model, to: path)
    }
    folder.removeUnfinishedFiles()
    folder.prune(newest: checkpoint.document.epoch, keep: request.keep)
  }

  private func refuseDifferences(_ checkpoint: Checkpoint, _ asked: TrainingOptions) throws {
    let document = checkpoint.document
    var differences = zip(document.options.described, asked.described)
      .filter { $0.value != $1.value }
      .map { "\($0.name) was \($0.value) and is now \($1.value)" }
    if let model = request.model, model != document.startModel {
      differences.append("--model was \(document.startModel ?? "not given") and is now \(model)")
    }
    differences += try layerDifferences(checkpoint)
    guard differences.isEmpty else {
      throw Failure(
        .usage, "the run in this folder has other options", at: folder.path,
        found: differences.joined(separator: "; "),
        hint: "leave them out to go on with the run's own, or start a new run with --out")
    }
  }

  /// What is frozen is compared layer by layer: lists that name the same layers are the same.
  private func layerDifferences(_ checkpoint: Checkpoint) throws -> [String] {
    var differences: [String] = []
    if request.newClassifier && checkpoint.document.options.newClassifier != true {
      differences.append("--new-classifier was not given and is now")
    }
    guard let option = request.layers.option else { return differences }
    let run = checkpoint.model.architecture
    let asked = try request.layers.applied(to: run)
    if asked != run {
      func frozen(_ architecture: Architecture) -> String {
        let names = architecture.frozenLayersWithWeights
        return names.isEmpty ? "nothing" : names.joined(separator: "+")
      }
      differences.append(
        "\(frozen(run)) was frozen and by \(option) it is now \(frozen(asked))")
    }
    return differences
  }

  static func validate(_ options: TrainingOptions) throws {
    func refuse(_ option: String, _ expected: String, _ found: String) -> Failure {
      Failure(.usage, option, expected: expected, found: found)
    }
    guard options.learningRate > 0, options.learningRate.isFinite else {
      throw refuse("--learning-rate", "a number above 0", "\(options.learningRate)")
    }
    guard options.momentum >= 0, options.momentum < 1 else {
      throw refuse("--momentum", "a number from 0 to below 1", "\(options.momentum)")
    }
    guard options.momentum == 0 || options.optimizer == "sgd" else {
      throw refuse("--momentum", "--optimizer sgd with it", "--optimizer \(options.optimizer)")
    }
    guard options.batchSize > 0, options.batchSize <= 1 << 20 else {
      throw refuse("--batch-size", "a whole number from 1 to 1048576", "\(options.batchSize)")
    }
    if let rate = options.dropout, !(rate >= 0 && rate < 1) {
      throw refuse("--dropout", "a number from 0 to below 1", "\(rate)")
    }
    guard options.minDelta >= 0, options.minDelta.isFinite else {
      throw refuse("--min-delta", "a number of at least 0", "\(options.minDelta)")
    }
    if let patience = options.earlyStopping, patience < 0 {
      throw refuse("--early-stopping", "a number of epochs", "\(patience)")
    }
    if let patience = options.reduceLRPatience, patience < 1 {
      throw refuse("--reduce-lr-patience", "at least 1 epoch", "\(patience)")
    }
    if let factor = options.reduceLRFactor, !(factor > 0 && factor < 1) {
      throw refuse("--reduce-lr-factor", "a number between 0 and 1", "\(factor)")
    }
    guard options.reduceLRFactor == nil || options.reduceLRPatience != nil else {
      throw refuse("--reduce-lr-factor", "--reduce-lr-patience with it", "none")
    }
  }

  /// What the run starts from: the checkpoint, `--model`, or NeatMS's network from scratch.
  func startModel(
    _ plan: RunPlan, _ dataset: SharedDataset, _ resumed: Checkpoint?
  ) throws -> StartModel {
    let header = dataset.header
    if let resumed {
      return try StartModel(
        resuming: resumed.model, at: folder.path, header: header, data: dataset.place)
    }
    guard let path = request.model else {
      guard !request.newClassifier else {
        throw Failure(
          .usage, "--new-classifier", expected: "--model FILE.h5 with it", found: "none",
          hint: "Training from scratch makes all layers anew.")
      }
      return try StartModel(header: header, options: plan.options)
    }
    let model = try KerasFile.readIsolated(path, matrixSize: header.matrixSize)
    return try StartModel(
      model, at: path, header: header, data: dataset.place, options: plan.options)
  }

  /// Fits model, data and options together.
  func setUp(
    _ plan: RunPlan, _ dataset: SharedDataset, _ start: StartModel, _ resumed: Checkpoint?
  ) throws -> RunSetup {
    guard dataset.trainCount > 0 else {
      throw Failure(.badData, "the training set is empty", at: dataset.place)
    }
    let header = dataset.header
    let identity = DataIdentity(
      place: dataset.place, path: plan.data,
      fingerprint: dataset.fingerprint, train: dataset.trainCount,
      test: dataset.testCount, classes: header.classes, matrixSize: header.matrixSize)
    if let saved = resumed?.document.data { try Self.refuseOtherData(saved, identity) }
    var options = plan.options
    if options.monitor.needsTestSet && dataset.testCount == 0 {
      guard request.monitor == nil else {
        throw Failure(
          .usage, "--monitor \(options.monitor.rawValue) needs a test set", at: dataset.place,
          hint: "the data has none: use --monitor loss or accuracy")
      }
      console.say("the test set is empty: the best epoch is the one with the smallest loss")
      options.monitor = .loss
    }
    let optimizer = optimizerStart(
      start.source, at: request.model ?? folder.path, resumed: resumed != nil, options)
    if let reason = optimizer.reason { console.say("the optimizer starts anew: \(reason)") }
    if let note = optimizer.note { console.say(note) }
    if case .sgd(_, let momentum) = optimizer.configuration { options.momentum = momentum }
    // A run that goes on keeps its lanes, however many were asked for at first.
    var sharing = options
    if request.lanes == nil, let before = resumed?.document.parallel?.lanes {
      sharing.lanes = before
    }
    return RunSetup(
      architecture: start.architecture, options: options, optimizer: optimizer.configuration,
      goesOn: optimizer.goesOn, data: identity, margin: header.margin ?? start.source?.margin,
      minScanNum: header.minScanNum ?? start.source?.minScanNum,
      parallel: try ParallelChoice(
        sharing, start.architecture, peaks: dataset.trainCount,
        keepsFeatures: request.featureCache != .off, ranks: world.size,
        isOneHost: dataset.isOneHost,
        before: request.parallel == .auto ? nil : resumed?.document.parallel))
  }

  private static func refuseOtherData(_ saved: DataIdentity, _ now: DataIdentity) throws {
    guard saved.fingerprint != now.fingerprint else { return }
    func describe(_ data: DataIdentity) -> String {
      "\(data.place) with \(data.train) + \(data.test) peaks, "
        + "\(data.classes.joined(separator: "/")), fingerprint \(data.fingerprint)"
    }
    throw Failure(
      .badData, "the run was trained on other data", expected: describe(saved),
      found: describe(now), hint: "give the run's own --data, or start a new run with --out")
  }
}
