import Collectives
import PeakData
import Support

/// `predict`: raw files, feature table and model in, a labelled table out. NeatMS's `predict_peaks` and
/// `export_csv`.
///
/// Rank 0 reads the model and writes the result; the feature table is read by all ranks, a part each
/// at a time, and so are the raw files, each by whichever is free, and the network runs where the file
/// was read. The result does not depend on the number of ranks.
public struct Prediction {
  let request: PredictionRequest
  let world: any Communicator
  let console: Console

  public init(_ request: PredictionRequest, world: any Communicator, console: Console) {
    self.request = request
    self.world = world
    self.console = console
  }

  /// What rank 0 knows before a raw file is read.
  struct Plan {
    var model: PredictionModel
    /// In the order of the network's outputs.
    var classes: [String]
    var rule: PredictionRule
    var experiment: Experiment
  }

  /// Collective.
  /// - Returns: on rank 0, the table of how many peaks got each label.
  /// - Throws: `AgreedFailure`, the same on every rank, where something is wrong with the model, the
  ///   tables or the output, with a raw file unless bad ones are skipped, or where the model gives no
  ///   numbers; `Failure` where messages between ranks fail.
  public func run() throws -> String? {
    var choice: ModelChoice?
    try world.agree { if world.rank == 0 { choice = try chooseModel() } }
    let table = try FeatureTable.read(request.features, format: request.format, world: world)
    var plan: Plan?
    try world.agree { if let choice, let table { plan = try makePlan(choice, table) } }
    let model = try world.broadcast(plan?.model)
    let network = try world.agree { try PredictionNetwork(model) }
    let (tasks, owners) =
      plan.map { $0.experiment.tasks(for: Array($0.experiment.table.peaks.indices)) } ?? ([], [])
    var results = PredictionResults(
      peakCount: plan?.experiment.table.peaks.count ?? 0,
      classCount: model.architecture.classCount)
    let pass = RawFilePass(world: world, console: console, skipBadFiles: request.skipBadFiles)
    let skipped = try pass.run(
      tasks, rule: model.rule,
      work: { extraction, poll in
        PredictionResults.encode(
          extraction.outcomes,
          try network.probabilities(of: extraction.matrices, poll: poll))
      },
      collect: { task, bytes in try results.take(bytes, of: owners[task]) })
    return try world.agree {
      guard let plan else { return nil }
      try skipped.refuse(ifAllOf: tasks, in: request.raw)
      return try finish(plan, results)
    }
  }

  private func chooseModel() throws -> ModelChoice {
    try OutputFile.check(
      request.out, overwrite: request.overwrite, inputs: [request.model, request.features])
    let choice = try ModelChoice(request)
    choice.tell(console)
    return choice
  }

  private func makePlan(_ choice: ModelChoice, _ table: FeatureTable) throws -> Plan {
    let experiment = try Experiment(
      table: table, raw: request.raw, features: request.features,
      peaks: Array(table.peaks.indices))
    return Plan(
      model: PredictionModel(choice.model, choice.matrices), classes: choice.classes,
      rule: choice.rule, experiment: experiment)
  }

  /// Writes the table; returns the counts.
  private func finish(_ plan: Plan, _ results: PredictionResults) throws -> String {
    let table = PredictionTable(
      experiment: plan.experiment, classes: plan.classes, rule: plan.rule, results: results)
    let counts = try table.write(to: request.out)
    let all = counts.total + counts.leftOut
    let reasons = counts.leftOut == 0 ? "" : "; left out: \(counts.reasons)"
    console.say("\(request.out): \(counts.total) of \(all) peaks labelled\(reasons)")
    if counts.total == 0 {
      console.warn("Warning: no peak of the feature table could be labelled.")
    }
    return counts.text
  }
}
