import Collectives
import Model
import PeakData

/// What a step gave, the same on every rank but for the metrics.
struct StepOutcome {
  /// Sums over the batch, without the L2 term; data-parallel over this rank's part of it: they are reduced at
  /// the end of the epoch.
  var metrics = MetricSums()
  /// Whether the batch's loss is a finite number.
  var isFinite = true
  /// The L2 term of the weights that the step began with.
  var penalty = 0.0
  /// Ranks that were asked to stop.
  var interruptions = 0
}

extension DistTrainer {
  /// One step over the samples at `positions` of the epoch's order.
  ///
  /// The classifier's gradients (98 % of all) are complete first: their reduction starts then, and
  /// runs while the conv base's backward pass computes. The conv base's gradients and the step's
  /// signals follow in one small reduction. Nothing is computed or sent for frozen layers.
  func trainStep(_ positions: Range<Int>) throws -> StepOutcome {
    try trace.part(StepPart.step) { try takeStep(positions) }
  }

  private func takeStep(_ positions: Range<Int>) throws -> StepOutcome {
    if let sharded {
      let outcome = try sharded.run(
        positions, epoch: epoch, order: order.samples, features: featureCache)
      penalty = outcome.penalty
      return outcome
    }
    let part = shard(positions.count, rank: world.rank, of: world.size)
    let first = positions.lowerBound + part.lowerBound
    trace.part(StepPart.gather) {
      if let cache = featureCache {
        gatherFeatures(cache, first: first, count: part.count)
      } else {
        gather(first: first, count: part.count)
      }
    }
    let context = StepContext(
      globalCount: positions.count,
      dropout: DropoutKey(seed: options.seed, epoch: epoch, firstPosition: first),
      classWeights: classWeights)
    let sums: MetricSums
    if world.size == 1 {
      sums = try compute(part.count, context)
      writeHeader(sums)
    } else {
      sums = try computeAndReduce(part.count, context)
    }
    let header = step.header
    let outcome = StepOutcome(
      metrics: sums, isFinite: header[StepBuffers.Header.loss].isFinite, penalty: penalty,
      interruptions: Int(header[StepBuffers.Header.interruptions]))
    guard outcome.isFinite else { return outcome }
    penalty =
      frozenPenalty
      + trace.part(StepPart.update) {
        optimizer.apply(
          weights: net.weights.pointer, gradients: step.gradients, segments: segments)
      }
    return outcome
  }

  private func computeAndReduce(_ count: Int, _ context: StepContext) throws -> MetricSums {
    let sums = try compute(
      count, context,
      classifierReady: {
        for (reduction, run) in zip(reductions, step.early) {
          reduction.begin(try world.startAllReduce(step[run]), trace)
        }
        guard !overlaps else { return }
        try trace.part(StepPart.classifierBlocking) {
          for reduction in reductions { try reduction.finish() }
        }
      }, progress: { for reduction in reductions { try reduction.test() } })
    writeHeader(sums)
    try trace.part(StepPart.convSum) {
      for run in step.late { try world.allReduce(step[run], .sum) }
    }
    try trace.part(StepPart.classifierWait) {
      for reduction in reductions { try reduction.finish() }
    }
    return sums
  }

  private func compute(
    _ count: Int, _ context: StepContext, classifierReady: () throws -> Void = {},
    progress: () throws -> Void = {}
  ) throws -> MetricSums {
    let begin = trace?.now ?? 0
    guard featureCache == nil else {
      return try net.trainStep(
        features: step.features.pointer, labels: step.labels, count: count, context: context,
        gradients: step.gradients,
        classifierReady: {
          _ = traceClassifier(since: begin)
          try classifierReady()
        })
    }
    var ready = begin
    let sums = try net.trainStep(
      step.matrices.pointer, labels: step.labels, count: count, context: context,
      gradients: step.gradients,
      classifierReady: {
        ready = traceClassifier(since: begin)
        try classifierReady()
      }, progress: progress)
    if let trace { trace.add(StepPart.convBackward, from: ready, to: trace.now) }
    return sums
  }

  /// - Returns: when the classifier's gradients were complete.
  private func traceClassifier(since begin: Int) -> Int {
    guard let trace else { return 0 }
    trace.add(StepPart.toClassifier, from: begin, to: trace.now)
    return trace.now
  }

  private func writeHeader(_ sums: MetricSums) {
    step.header.update(repeating: 0, count: StepBuffers.headerCount)
    step.header[StepBuffers.Header.loss] = Float(sums.loss)
    step.header[StepBuffers.Header.interruptions] = Interruption.isRequested ? 1 : 0
  }

  /// Copies this rank's samples from the shared dataset, in the epoch's order.
  private func gather(first: Int, count: Int) {
    let floats = net.architecture.input.count
    let matrices = dataset.matrices(.train)
    let labels = dataset.labels(.train)
    for index in 0..<count {
      let sample = Int(order.samples[first + index])
      (step.matrices.pointer + index * floats).update(
        from: matrices + sample * floats, count: floats)
      step.labels[index] = labels[sample]
    }
  }

  private func gatherFeatures(_ cache: FeatureCache, first: Int, count: Int) {
    let floats = net.featureCount
    let features = cache.features(.train)
    let labels = dataset.labels(.train)
    for index in 0..<count {
      let sample = Int(order.samples[first + index])
      (step.features.pointer + index * floats).update(
        from: features + sample * floats, count: floats)
      step.labels[index] = labels[sample]
    }
  }
}

/// Holds the noncopyable request of one run of gradients between the closures of a step.
final class RunReduction {
  private var request: StartedOperation?
  private var trace: StepTrace?
  private var begin = 0
  private var isDone = false

  func begin(_ request: consuming StartedOperation, _ trace: StepTrace?) {
    self.request = consume request
    self.trace = trace
    isDone = false
    begin = trace?.now ?? 0
  }

  func test() throws { if try request?.test() == true { done() } }

  func finish() throws {
    if let request = request.take() {
      try request.wait()
      done()
    }
  }

  private func done() {
    guard let trace, !isDone else { return }
    isDone = true
    trace.add(StepPart.classifierSum, from: begin, to: trace.now)
  }
}
