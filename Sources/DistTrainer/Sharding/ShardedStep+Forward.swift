import Collectives
import Model
import PeakData
import Support

/// From the samples to the first Dense layer's products.
extension ShardedStep {
  /// The conv base over the own lanes, whose features are on their way to the other ranks then.
  func computeFeatures(
    _ exchange: any FeatureExchange, _ order: [UInt32], _ positions: Range<Int>,
    _ context: StepContext
  ) throws {
    try exchange.beginForward()
    net.prepareStep()
    for (index, lane) in lanes.own.enumerated() {
      let samples = lanes.samples(of: lane, batch: positions.count)
      let pieces = exchange.batch.layout.pieces(samples, strip: lanes.strip(of: lane))
      let first = positions.lowerBound
      gather(
        order[(first + samples.lowerBound)..<(first + samples.upperBound)],
        strip: lanes.strip(of: lane), to: pieces.lowerBound)
      net.forwardBase(
        inputs, samples: pieces, dropout: context.key(of: samples), into: exchange.batch)
      let row = exchange.batch.layout.row
      wire.roundFeatures(exchange.batch.values + pieces.lowerBound * row, count: pieces.count * row)
      try exchange.sendForward(index)
    }
  }

  /// These samples of the training set, or a strip of them, to `inputs`.
  private func gather(_ samples: ArraySlice<UInt32>, strip: Int, to first: Int) {
    let matrices = dataset.matrices(.train)
    let floats = net.architecture.input.count
    for (place, sample) in samples.enumerated() {
      let matrix = matrices + Int(sample) * floats
      if let strips = net.strips {
        strips.cut(matrix, strip: strip, into: inputs + (first + place) * strips.inputCount)
      } else {
        (inputs + (first + place) * floats).update(from: matrix, count: floats)
      }
    }
  }

  /// All samples' features from the cache, in the own rows' columns: nothing has to be sent.
  func keptFeatures(
    _ cache: FeatureCache, _ order: [UInt32], _ positions: Range<Int>, _ context: StepContext
  ) {
    let floats = net.featureCount
    let features = cache.features(.train)
    let batch = net.ownBatchFeatures
    let columns = net.dropsFeatures(context.dropout) ? [0..<floats] : ownRows
    for place in 0..<positions.count {
      let sample = Int(order[positions.lowerBound + place])
      for columns in columns {
        (batch.values + place * floats + columns.lowerBound).update(
          from: features + sample * floats + columns.lowerBound, count: columns.count)
      }
    }
    net.dropFeatures(of: batch, samples: 0..<positions.count, dropout: context.dropout)
    for columns in columns {
      wire.round(batch.values, row: floats, rows: 0..<positions.count, columns: columns)
    }
  }

  /// The first Dense layer's products over all rows, to `net.shardedOutput`.
  /// - Parameter exchange: that of the features; nil where they are all there.
  func addProducts(
    _ batch: BatchFeatures, _ count: Int, _ exchange: (any FeatureExchange)?
  ) throws -> StepOutcome {
    for (index, samples) in (exchange?.chunks ?? all(of: count)).enumerated() {
      if let exchange {
        try trace.part(StepPart.featuresWait) { try exchange.takeFeatures(of: index) }
      }
      try multiplyRows(batch, samples, isFirst: index == 0, exchange)
    }
    let sum = try trace.part(StepPart.productsSum) {
      try products.begin()
      return try products.finish()
    }
    net.shardedOutput?.update(from: sum, count: count * kernel.shape[1])
    var outcome = StepOutcome()
    outcome.penalty = frozenPenalty + commonPenalty + Double(sum[productCount])
    outcome.interruptions = Int(sum[productCount + 1])
    return outcome
  }

  /// A batch as one chunk.
  func all(of count: Int) -> [[Range<Int>]] { whole[count] ?? [] }

  /// These samples' products with the own blocks, added up over them.
  /// - Parameter isFirst: then the numbers at the end go along.
  private func multiplyRows(
    _ batch: BatchFeatures, _ samples: [Range<Int>], isFirst: Bool,
    _ exchange: (any FeatureExchange)?
  ) throws {
    let units = kernel.shape[1]
    try trace.part(StepPart.rowsForward) {
      products.restart()
      for (index, block) in lanes.own.enumerated() {
        let part = products.next
        for run in samples {
          net.multiplyRows(lanes.rows(of: block), of: batch, samples: run, into: part)
        }
        if isFirst {
          part[productCount] = Float(blockPenalties[index])
          part[productCount + 1] = index == 0 && Interruption.isRequested ? 1 : 0
        }
        products.add(samples, of: units, and: isFirst ? productCount..<(productCount + 2) : 0..<0)
        try exchange?.progress()
      }
    }
  }
}

extension StepContext {
  /// The dropout key of some samples of the batch.
  fileprivate func key(of samples: Range<Int>) -> DropoutKey? {
    var key = dropout
    key?.firstPosition += samples.lowerBound
    return key
  }
}
