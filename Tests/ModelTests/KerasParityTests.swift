import Model
import Support
import Testing

/// The network beside Keras 2.15 on the same weights and batches: what `Fixtures` holds.
@Suite struct KerasParityTests {
  /// A network with the fixture's start weights, and its samples.
  struct Bench {
    let fixture: ModelFixture
    let net: PeakNet
    let x: [Float]
    let labels: [Int32]
    let gradients: AlignedBuffer

    init(_ name: String, lane: Int = PeakNet.defaultLane) throws {
      fixture = try ModelFixture.load(name)
      let network = try fixture.network()
      net = try PeakNet(architecture: network, maxBatch: fixture.samples, lane: lane)
      for (place, value) in FixtureRule.startWeights(net.layout).enumerated() {
        net.weights.pointer[place] = value
      }
      x = FixtureRule.inputs(samples: fixture.samples, width: network.matrixSize)
      labels = FixtureRule.labels(samples: fixture.samples, classes: network.classCount)
        .map(Int32.init)
      gradients = AlignedBuffer(count: net.layout.count)
    }

    /// The mean loss' gradient over `samples`, computed in the given parts and added up.
    func step(_ samples: [Int], dropout: DropoutKey?, parts: Int = 1) throws -> MetricSums {
      let width = net.architecture.input.count
      let sum = AlignedBuffer(count: gradients.count)
      var metrics = MetricSums()
      for part in 0..<parts {
        let range = (samples.count * part / parts)..<(samples.count * (part + 1) / parts)
        let chosen = samples[range]
        var key = dropout
        key?.firstPosition += range.lowerBound
        metrics += try net.trainStep(
          chosen.flatMap { x[($0 * width)..<(($0 + 1) * width)] },
          labels: chosen.map { labels[$0] },
          count: chosen.count, context: StepContext(globalCount: samples.count, dropout: key),
          gradients: gradients.pointer)
        for place in 0..<sum.count { sum.pointer[place] += gradients.pointer[place] }
      }
      gradients.assign(sum)
      return metrics
    }

    /// Adds the L2 term's gradient, which the optimizer adds otherwise.
    func addL2() {
      for segment in net.l2Segments where segment.l2 > 0 {
        for place in segment.range {
          gradients.pointer[place] += 2 * segment.l2 * net.weights.pointer[place]
        }
      }
    }

    func expectGradients(_ stored: [String: StoredTensor], _ comment: Comment) throws {
      for tensor in net.layout.tensors {
        let expected = try #require(stored["\(tensor.layer)/\(tensor.role)"])
        let mismatch = expected.mismatch(gradients[tensor.range], tolerance: 1e-4)
        #expect(mismatch == nil, "\(tensor.kerasName): \(comment)")
      }
    }
  }

  @Test(arguments: ModelFixture.names)
  func everyLayerGivesKerasOutput(name: String) throws {
    let bench = try Bench(name)
    let (net, inference) = (bench.net, bench.fixture.inference)
    let outputs = try #require(inference.outputs)
    let count = inference.count
    func expect(_ layer: String, _ values: [Float]) throws {
      let stored = try #require(outputs[layer])
      #expect(stored.mismatch(values, tolerance: 1e-5) == nil, "\(layer)")
    }
    for layer in net.architecture.layers where layer.className == "Conv2D" {
      let short = try #require(try net.truncated(after: layer.name))
      try expect(layer.name, flatToKeras(short.features(bench.x, count: count), short, count))
    }
    try expect("flatten_1", net.features(bench.x, count: count))
    var probabilities = [Float](repeating: 0, count: count * net.classifier.classCount)
    net.predict(bench.x, count: count, into: &probabilities)
    try expect("dense_1", try #require(net.lastOutput(ofDense: "dense_1", count: count)))
    try expect("dense_prediction", probabilities)
  }

  /// Flatten's order is Keras's own (row, point, channel), so a convolution's features are its
  /// output as Keras stores it.
  private func flatToKeras(_ values: [Float], _ net: PeakNet, _ count: Int) -> [Float] {
    Array(values.prefix(count * net.featureCount))
  }

  @Test(arguments: ModelFixture.names)
  func lossAndMetricsAreKerasOwn(name: String) throws {
    let bench = try Bench(name)
    let expected = bench.fixture.inference
    let sums = bench.net.evaluate(bench.x, labels: bench.labels, count: expected.count)
    let loss = sums.loss / sums.count + bench.net.regularizationLoss()
    #expect(abs(loss - expected.loss) < 1e-5 * expected.loss)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    #expect(abs(sums.correct / sums.count - expected.accuracy) < 1e-6)
    #expect(abs(sums.absoluteError / sums.count - expected.mae) < 1e-5)
  }

  @Test(arguments: ModelFixture.names, [1, 2, 3])
  func everyGradientIsKerasOwn(name: String, parts: Int) throws {
    let bench = try Bench(name)
    let expected = bench.fixture.inference
    let sums = try bench.step(Array(0..<expected.count), dropout: nil, parts: parts)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout off, in \(parts) parts")
  }

  @Test(arguments: ModelFixture.names, [1, 3])
  func gradientsUnderDropoutAreKerasOwn(name: String, parts: Int) throws {
    let bench = try Bench(name, lane: 2)
    let expected = bench.fixture.dropout
    let key = DropoutKey(
      seed: try #require(expected.seed), epoch: try #require(expected.epoch),
      firstPosition: try #require(expected.firstPosition))
    let sums = try bench.step(Array(0..<expected.count), dropout: key, parts: parts)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout on, in \(parts) parts")
  }

  @Test(arguments: ModelFixture.names)
  func weightsMoveAsKerasOptimizersMoveThem(name: String) throws {
    for run in try ModelFixture.load(name).training {
      let bench = try Bench(name)
      let start = bench.net.weights.copy()
      let optimizer = Optimizer(run.configuration, count: bench.net.layout.count)
      var penalty = bench.net.regularizationLoss()
      for (step, batch) in run.batches.enumerated() {
        let sums = try bench.step(Array(batch[0]..<(batch[0] + batch[1])), dropout: nil)
        let loss = sums.loss / sums.count + penalty
        #expect(abs(loss - run.losses[step]) < 1e-4 * run.losses[step], "\(run.name), step \(step)")
        penalty = optimizer.apply(
          weights: bench.net.weights.pointer, gradients: bench.gradients.pointer,
          segments: bench.net.l2Segments)
        guard let moved = run.movement["\(step + 1)"] else { continue }
        try expectMovement(bench.net, from: start, moved, "\(run.name), step \(step + 1)")
      }
    }
  }

  private func expectMovement(
    _ net: PeakNet, from start: AlignedBuffer, _ stored: [String: StoredTensor], _ comment: Comment
  ) throws {
    for tensor in net.layout.tensors {
      let expected = try #require(stored["\(tensor.layer)/\(tensor.role)"])
      let moved = tensor.range.map { net.weights.pointer[$0] - start.pointer[$0] }
      // Of the movement, not of the weights, which this is a small part of.
      #expect(
        expected.mismatch(moved, tolerance: 2e-3) == nil, "\(tensor.kerasName), \(comment)")
    }
  }
}
