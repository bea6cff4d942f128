import Collectives
import Foundation
import Model
import PeakData
import Support

/// The loss stopped being a number: every rank finds out in the same step, because it looks at the
/// reduced sum.
struct Divergence: Error {
  let failure: Failure
}

/// Running sums over an epoch: data-parallel of this rank's part of each batch, at its end of all.
struct EpochSums {
  var metrics = MetricSums()
  /// Σ over steps of samples × L2 term: Keras's reported loss is the mean of loss + L2.
  var penalty = 0.0
  var seconds = 0.0

  // A rank may have had no sample yet.
  var loss: Double { (metrics.loss + penalty) / max(metrics.count, 1) }
  var accuracy: Double { metrics.correct / max(metrics.count, 1) }
  var mae: Double { metrics.absoluteError / max(metrics.count, 1) }
}

extension DistTrainer {
  /// One pass over the training set.
  /// - Returns: nil where a rank was asked to stop.
  func trainEpoch(of epochs: Int) throws -> EpochSums? {
    order.begin(epoch: epoch)
    let count = dataset.trainCount
    let batch = options.batchSize
    let steps = (count + batch - 1) / batch
    var sums = EpochSums()
    let start = DispatchTime.now()
    for index in 0..<steps {
      let positions = (index * batch)..<min((index + 1) * batch, count)
      let outcome = try trainStep(positions)
      let metrics = outcome.metrics
      if firstStep == nil { firstStep = Date() }
      guard outcome.isFinite, penalty.isFinite else { throw divergence(at: index) }
      sums.metrics += metrics
      sums.penalty += outcome.penalty * metrics.count
      if outcome.interruptions > 0 {
        Interruption.acknowledge()
        return nil
      }
      let progress = BatchProgress(
        epoch: epoch, epochs: epochs, step: index + 1, steps: steps, samples: positions.upperBound,
        loss: sums.loss, accuracy: sums.accuracy)
      for callback in callbacks { callback.batchEnded(progress) }
    }
    if sharded == nil { try reduce(&sums) }
    sums.seconds = Double(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
    return sums
  }

  /// Adds up the ranks' parts of the batches.
  private func reduce(_ sums: inout EpochSums) throws {
    guard world.size > 1 else { return }
    let own = sums.metrics
    var values = [own.count, own.loss, own.correct, own.absoluteError, sums.penalty]
    try values.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
    sums.metrics = MetricSums(
      count: values[0], loss: values[1], correct: values[2], absoluteError: values[3])
    sums.penalty = values[4]
  }

  /// - Parameter step: counted from 0; nil for the test set at the end of the epoch.
  private func divergence(at step: Int?) -> Divergence {
    let place = step.map { "step \($0 + 1)" } ?? "test set"
    return Divergence(
      failure: Failure(
        .badData, "the loss is no longer a finite number", at: "epoch \(epoch + 1), \(place)",
        hint: "the model of the last good epoch is kept; try a smaller --learning-rate"))
  }

  /// Evaluates the test set, records the epoch, lets rank 0's callbacks act and spreads what they
  /// decided.
  func endEpoch(_ sums: EpochSums) throws {
    var record = EpochRecord(
      epoch: epoch, accuracy: sums.accuracy, loss: sums.loss, mae: sums.mae, lr: learningRate)
    record.seconds = sums.seconds
    record.samplesPerSecond = sums.metrics.count / max(sums.seconds, 1e-9)
    if let sharded {
      penalty = try sharded.gatherKernel()
      guard penalty.isFinite else { throw divergence(at: nil) }
    }
    if dataset.testCount > 0 {
      let test = try evaluateTestSet()
      record.valAccuracy = test.correct / test.count
      record.valLoss = test.loss / test.count + penalty
      record.valMAE = test.absoluteError / test.count
      guard test.loss.isFinite else { throw divergence(at: nil) }
    }
    try checkWeightsAgree()
    epoch += 1
    history.append(record)
    try onRankZero { for callback in callbacks { try callback.epochEnded(record, self) } }
    try carryOut()
  }

  /// The test set over all ranks: each peak is counted by exactly one of them.
  func evaluateTestSet() throws -> MetricSums {
    if sharded != nil { return try evaluateInChunks() }
    let part = shard(dataset.testCount, rank: world.rank, of: world.size)
    let labels = dataset.labels(.test) + part.lowerBound
    let local: MetricSums
    if let cache = featureCache {
      let features = cache.features(.test) + part.lowerBound * net.featureCount
      local = net.evaluate(features: features, labels: labels, count: part.count)
    } else {
      let matrices = dataset.matrices(.test) + part.lowerBound * net.architecture.input.count
      local = net.evaluate(matrices, labels: labels, count: part.count)
    }
    var values = [local.count, local.loss, local.correct, local.absoluteError]
    try values.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
    var sums = MetricSums()
    (sums.count, sums.loss, sums.correct, sums.absoluteError) =
      (values[0], values[1], values[2], values[3])
    return sums
  }

  /// Stops the run where the ranks' weights are not the same to the last bit.
  private func checkWeightsAgree() throws {
    guard world.size > 1 else { return }
    var hash = Fingerprint()
    hash.add(UnsafeRawBufferPointer(net.weights.all))
    let mine = Int64(bitPattern: hash.value)
    var extremes: [Int64] = [mine, ~mine]
    try extremes.withUnsafeMutableBufferPointer { try world.allReduce($0, .max) }
    guard extremes[0] != ~extremes[1] else { return }
    var everyone = [Int64](repeating: 0, count: world.size)
    try withUnsafeBytes(of: mine) { part in
      try everyone.withUnsafeMutableBytes {
        try world.gather(
          part, counts: [Int](repeating: 8, count: world.size), into: $0, root: 0)
      }
    }
    let odd = everyone.indices.filter { everyone[$0] != everyone[0] }.map(String.init)
    let failure = Failure(
      .internalError, "the ranks' weights differ", at: "end of epoch \(epoch + 1)",
      expected: "the weights of rank 0 everywhere",
      found: "others on rank \(odd.joined(separator: ", "))",
      hint: "mixed processors or MPI versions can cause this; use nodes of one kind")
    try world.agree(failure)
  }
}
