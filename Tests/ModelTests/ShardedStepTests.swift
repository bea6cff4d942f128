import Model
import Support
import Testing

/// The pieces of a step that ranks share, put together by hand, beside Keras 2.15.
@Suite struct ShardedStepTests {
  /// The mean loss' gradient over the fixture's first `count` samples, by `lanes` lanes of samples and
  /// as many blocks of rows.
  private func step(
    _ bench: KerasParityTests.Bench, count: Int, lanes: Int, dropout: DropoutKey?
  ) throws -> MetricSums {
    if lanes == Self.inStrips { return try stepInStrips(bench, count: count, dropout: dropout) }
    let net = bench.net
    let kernel = try #require(net.shardedKernel)
    let output = try #require(net.shardedOutput)
    func part(_ index: Int, of whole: Int) -> Range<Int> {
      (whole * index / lanes)..<(whole * (index + 1) / lanes)
    }
    let batch = net.ownBatchFeatures
    net.prepareStep()
    for lane in 0..<lanes {
      let samples = part(lane, of: count)
      var key = dropout
      key?.firstPosition += samples.lowerBound
      net.forwardBase(bench.x, samples: samples, dropout: key, into: batch)
    }
    let products = count * kernel.shape[1]
    output.update(repeating: 0, count: products)
    let some = AlignedBuffer(count: products)
    for block in 0..<lanes {
      net.multiplyRows(
        part(block, of: kernel.shape[0]), of: batch, samples: 0..<count, into: some.pointer)
      addVector(some.pointer, to: output, count: products)
    }
    let sums = net.finishStep(
      batch, labels: bench.labels, count: count,
      context: StepContext(globalCount: count, dropout: dropout),
      gradients: bench.gradients.pointer)
    for block in 0..<lanes {
      let rows = part(block, of: kernel.shape[0])
      net.backwardFeatures(rows, of: batch, samples: 0..<count)
      net.backwardRows(
        rows, of: batch, count: count,
        into: bench.gradients.pointer + kernel.offset + rows.lowerBound * kernel.shape[1])
    }
    addBase(bench, lanes: (0..<lanes).map { part($0, of: count) }, dropped: dropout != nil)
    return sums
  }

  /// In place of a number of lanes: two strips of all samples each.
  private static let inStrips = 0

  /// The same, of samples that are cut along the points.
  private func stepInStrips(
    _ bench: KerasParityTests.Bench, count: Int, dropout: DropoutKey?
  ) throws -> MetricSums {
    let net = bench.net
    let kernel = try #require(net.shardedKernel)
    let plan = try #require(StripPlan(net.architecture, strips: 2))
    net.cutBase(plan, capacity: count)
    let strips = try #require(net.strips)
    let batch = net.ownPieces
    let pieces = AlignedBuffer(count: strips.layout.pieceCount * strips.inputCount)
    for piece in 0..<strips.layout.pieceCount {
      let first = piece % count * net.architecture.input.count
      strips.cut(
        Array(bench.x[first..<(first + net.architecture.input.count)]), strip: piece / count,
        into: pieces.pointer + piece * strips.inputCount)
    }
    net.prepareStep()
    net.forwardBase(
      pieces.pointer, samples: 0..<strips.layout.pieceCount, dropout: nil, into: batch)
    let output = try #require(net.shardedOutput)
    let products = count * kernel.shape[1]
    output.update(repeating: 0, count: products)
    let some = AlignedBuffer(count: products)
    let blocks = plan.rows.flatMap { $0 }
    for rows in blocks {
      net.multiplyRows(rows, of: batch, samples: 0..<count, into: some.pointer)
      addVector(some.pointer, to: output, count: products)
    }
    let sums = net.finishStep(
      batch, labels: bench.labels, count: count,
      context: StepContext(globalCount: count, dropout: dropout),
      gradients: bench.gradients.pointer)
    for rows in blocks {
      net.backwardFeatures(rows, of: batch, samples: 0..<count)
      net.backwardRows(
        rows, of: batch, count: count,
        into: bench.gradients.pointer + kernel.offset + rows.lowerBound * kernel.shape[1])
    }
    let range = net.convBaseRange
    let part = AlignedBuffer(count: range.count)
    bench.gradients[range].update(repeating: 0)
    for strip in plan.rows.indices {
      net.backwardBase(
        pieces.pointer, samples: strips.layout.pieces(0..<count, strip: strip), of: batch,
        dropped: dropout != nil, gradients: part.pointer)
      addVector(part.pointer, to: bench.gradients.pointer, count: range.count)
    }
    return sums
  }

  private func addBase(
    _ bench: KerasParityTests.Bench, lanes: [Range<Int>], dropped: Bool
  ) {
    let range = bench.net.convBaseRange
    let lane = AlignedBuffer(count: range.count)
    bench.gradients[range].update(repeating: 0)
    for samples in lanes {
      bench.net.backwardBase(
        bench.x, samples: samples, of: bench.net.ownBatchFeatures, dropped: dropped,
        gradients: lane.pointer)
      addVector(lane.pointer, to: bench.gradients.pointer, count: range.count)
    }
  }

  @Test(arguments: ModelFixture.names, [1, 2, 8])
  func everyGradientIsKerasOwn(name: String, lanes: Int) throws {
    let bench = try KerasParityTests.Bench(name)
    let expected = bench.fixture.inference
    let sums = try step(bench, count: expected.count, lanes: lanes, dropout: nil)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout off, \(lanes) lanes")
  }

  @Test(arguments: ModelFixture.names, [2, 8])
  func gradientsUnderDropoutAreKerasOwn(name: String, lanes: Int) throws {
    let bench = try KerasParityTests.Bench(name)
    let expected = bench.fixture.dropout
    let key = DropoutKey(
      seed: try #require(expected.seed), epoch: try #require(expected.epoch),
      firstPosition: try #require(expected.firstPosition))
    let sums = try step(bench, count: expected.count, lanes: lanes, dropout: key)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout on, \(lanes) lanes")
  }

  /// The fixtures whose samples can be cut.
  static let cut = ModelFixture.names.filter { !$0.hasPrefix("narrow31") }

  @Test(arguments: cut) func everyGradientInStripsIsKerasOwn(name: String) throws {
    try everyGradientIsKerasOwn(name: name, lanes: Self.inStrips)
  }

  @Test(arguments: cut) func gradientsInStripsUnderDropoutAreKerasOwn(name: String) throws {
    try gradientsUnderDropoutAreKerasOwn(name: name, lanes: Self.inStrips)
  }

  /// A chain of the general kind, where Dropout stands before and after Flatten too: lanes give what
  /// the whole batch gives.
  @Test func anyChainInLanesGivesTheWholeBatchsGradients() throws {
    var architecture = Architecture.neatMS()
    let flatten = architecture.flattenIndex
    architecture.layers.insert(Layer("after", .dropout(rate: 0.25)), at: flatten + 1)
    architecture.layers.insert(Layer("before", .dropout(rate: 0.25)), at: flatten)
    architecture.layers.insert(Layer("bend", .activation(.tanh)), at: flatten)
    let net = try PeakNet(architecture: architecture, maxBatch: 10)
    net.initializeGlorotUniform(seed: 3)
    let x = FixtureRule.inputs(samples: 10, width: architecture.matrixSize)
    let labels = FixtureRule.labels(samples: 10, classes: 3).map(Int32.init)
    let context = StepContext(
      globalCount: 10, dropout: DropoutKey(seed: 5, epoch: 1, firstPosition: 40))
    let whole = AlignedBuffer(count: net.layout.count)
    let sums = try net.trainStep(
      x, labels: labels, count: 10, context: context, gradients: whole.pointer)
    let parts = AlignedBuffer(count: net.layout.count)
    let batch = net.ownBatchFeatures
    net.prepareStep()
    let lanes = [0..<3, 3..<3, 3..<10]
    for lane in lanes {
      var key = context.dropout
      key?.firstPosition += lane.lowerBound
      net.forwardBase(x, samples: lane, dropout: key, into: batch)
    }
    let kernel = try #require(net.shardedKernel)
    net.multiplyRows(
      0..<kernel.shape[0], of: batch, samples: 0..<10, into: try #require(net.shardedOutput))
    let again = net.finishStep(
      batch, labels: labels, count: 10, context: context, gradients: parts.pointer)
    #expect(abs(sums.loss - again.loss) < 1e-5)
    net.backwardFeatures(0..<kernel.shape[0], of: batch, samples: 0..<10)
    net.backwardRows(
      0..<kernel.shape[0], of: batch, count: 10, into: parts.pointer + kernel.offset)
    let lane = AlignedBuffer(count: net.convBaseRange.count)
    for samples in lanes {
      net.backwardBase(
        x, samples: samples, of: batch, dropped: true, gradients: lane.pointer)
      addVector(lane.pointer, to: parts.pointer, count: lane.count)
    }
    for tensor in net.layout.tensors {
      let largest = tensor.range.map { abs(whole.pointer[$0]) }.max() ?? 0
      let error = tensor.range.map { abs(whole.pointer[$0] - parts.pointer[$0]) }.max() ?? 0
      #expect(largest > 0 && error < 1e-5 * largest, "\(tensor.kerasName)")
    }
  }
}
