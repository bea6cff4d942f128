import KerasFile
import Model
import Support

/// What the optimizer starts from.
struct OptimizerStart {
  var configuration: OptimizerConfiguration
  /// Why it starts anew; nil where it goes on from the model's state, and from scratch.
  var reason: String?
  /// Whether it takes over the model's moments and step count.
  var goesOn: Bool
  /// What the user should know: settings that the model decides.
  var note: String?
}

extension TrainingRun {
  /// Whether the optimizer goes on where that of the start model stopped, with what else than the
  /// learning rate it was set to, as in Keras; the command line's momentum goes first.
  func optimizerStart(
    _ model: KerasModel?, at path: String, resumed: Bool, _ options: TrainingOptions
  ) -> OptimizerStart {
    var start = OptimizerStart(configuration: options.optimizerConfiguration, goesOn: false)
    guard let model else { return start }
    start.reason = reasonToStartAnew(model, at: path, resumed: resumed, options)
    guard start.reason == nil, let found = model.optimizer else { return start }
    start.goesOn = true
    switch found {
    case .adam:
      start.configuration = found
      start.configuration.learningRate = options.learningRate
    case .sgd(_, let momentum):
      guard takesMomentum(resumed) else { break }
      start.configuration = .sgd(learningRate: options.learningRate, momentum: momentum)
      if momentum != 0 { start.note = "sgd goes on with momentum \(momentum), as \(path) says" }
    }
    return start
  }

  /// Whether SGD's momentum is the model's.
  private func takesMomentum(_ resumed: Bool) -> Bool { !resumed && request.momentum == nil }

  private func reasonToStartAnew(
    _ model: KerasModel, at path: String, resumed: Bool, _ options: TrainingOptions
  ) -> String? {
    if !resumed {
      if request.freshOptimizer { return "as --fresh-optimizer says" }
      if let option = options.layers.option { return "\(option) changes what is trained" }
      if options.newClassifier == true { return "--new-classifier changes what is trained" }
    }
    if let remark = model.stateRemark { return "\(path) \(remark)" }
    guard let found = model.optimizer, model.optimizerState != nil else {
      return model.format == .weights
        ? "\(path) holds weights only" : "\(path) holds no optimizer's state"
    }
    if found.name != options.optimizer {
      return "\(path) holds the state of \(found.name), and --optimizer is \(options.optimizer)"
    }
    if found.slotNames == options.optimizerConfiguration.slotNames || takesMomentum(resumed) {
      return nil
    }
    return found.slotNames.isEmpty
      ? "\(path) holds the state of SGD without momentum, and --momentum is \(options.momentum)"
      : "\(path) holds the state of SGD with momentum, and --momentum is 0"
  }
}
