import Collectives
import Model
import Support

extension ShardedStep {
  /// From the gradient of the products to the new weights. The features' gradient is sent first, lane by
  /// lane; the kernel's gradient and update fill the time in which a lane's, or the sum of the conv base's
  /// gradients, is on its way.
  func backward(
    _ batch: BatchFeatures, _ exchange: any FeatureExchange, _ count: Int
  ) throws {
    if net.trainsConvBase {
      try trace.part(StepPart.featuresBackward) { try sendGradient(batch, exchange, count) }
    }
    optimizer.beginStep()
    updates = kernel.trainable ? tiles.count : 0
    updated = 0
    if kernel.trainable { for index in blockPenalties.indices { blockPenalties[index] = 0 } }
    if net.trainsConvBase {
      try addConvGradients(batch, exchange, count)
      try convGradients.begin()
    }
    while updated < updates {
      update(batch, count)
      if net.trainsConvBase { try convGradients.progress() }
    }
    takeOverOthers(batch, count)
    exchange.featuresRead()
    if net.trainsConvBase {
      let sum = try trace.part(StepPart.convSum) {
        try exchange.finishBackward()
        return try convGradients.finish()
      }
      buffers.gradients.update(from: sum, count: convGradients.count)
    }
    commonPenalty = trace.part(StepPart.update) {
      common.reduce(0) { sum, segment in
        sum
          + optimizer.update(
            weights: net.weights.pointer, gradients: buffers.gradients, range: segment.range,
            l2: segment.l2)
      }
    }
  }

  private func sendGradient(
    _ batch: BatchFeatures, _ exchange: any FeatureExchange, _ count: Int
  ) throws {
    try exchange.beginBackward()
    for (index, chunk) in (exchange.gradientChunks ?? all(of: count)).enumerated() {
      for samples in chunk {
        for block in lanes.own {
          net.backwardFeatures(lanes.rows(of: block), of: batch, samples: samples)
        }
        for rows in ownRows {
          let (strip, columns) = batch.layout.place(of: rows)
          wire.round(
            batch.gradient, row: batch.layout.row, rows: batch.layout.pieces(samples, strip: strip),
            columns: columns)
        }
      }
      if index == 0 { try exchange.sendGradient() }
    }
  }

  /// Gradient and update of the next own rows, unless other ranks have taken over all that are left.
  private func update(_ batch: BatchFeatures, _ count: Int) {
    if let helpers, helpers.takeOwn() == nil {
      updates = updated
      return
    }
    trace.part(StepPart.rowsUpdate) {
      net.backwardRows(tiles[updated].rows, of: batch, count: count, into: tile.pointer)
      update(by: tile.pointer)
    }
  }

  /// Update of the next own rows.
  private func update(by gradient: UnsafePointer<Float>) {
    let (block, rows) = tiles[updated]
    updated += 1
    blockPenalties[block] += optimizer.update(
      weights: net.weights.pointer, gradient: gradient, range: flat(rows), l2: l2)
  }

  /// Updates the own rows whose gradient other ranks make; where there are none, makes theirs.
  private func takeOverOthers(_ batch: BatchFeatures, _ count: Int) {
    guard let helpers, kernel.trainable else { return }
    while updated < tiles.count {
      trace.part(StepPart.rowsUpdate) { update(by: helpers.wait(for: updated)) }
    }
    var goesOn = true
    while goesOn {
      goesOn = trace.part(StepPart.rowsOfOthers) {
        helpers.help { net.backwardRows($0, of: batch, count: count, into: $1) }
      }
    }
  }

  private func addConvGradients(
    _ batch: BatchFeatures, _ exchange: any FeatureExchange, _ count: Int
  ) throws {
    for (index, lane) in lanes.own.enumerated() {
      while try updated < updates && !exchange.hasGradient(of: index) { update(batch, count) }
      try trace.part(StepPart.gradientWait) { try exchange.takeGradient(of: index) }
      trace.part(StepPart.convBackward) {
        let samples = lanes.samples(of: lane, batch: count)
        net.backwardBase(
          inputs, samples: batch.layout.pieces(samples, strip: lanes.strip(of: lane)), of: batch,
          dropped: true, gradients: convGradients.next)
        convGradients.add()
      }
    }
  }
}
