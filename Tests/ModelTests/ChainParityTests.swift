import Model
import Support
import Testing

/// Chains of other layers than NeatMS's beside Keras 2.15: what `Fixtures/Chains` holds.
@Suite struct ChainParityTests {
  @Test(arguments: ChainFixture.names)
  func layersHaveKerasShapesAndOutputs(name: String) throws {
    let bench = try ChainBench(try ChainFixture.load(name))
    let (net, count) = (bench.net, bench.count)
    let outputs = try #require(bench.fixture.inference.outputs)
    let layers = net.architecture.layers
    #expect(outputs.count == layers.count)
    var probabilities = [Float](repeating: 0, count: count * net.architecture.classCount)
    net.predict(bench.x, count: count, into: &probabilities)
    for (index, shape) in net.architecture.outputShapes.enumerated() {
      let layer = layers[index]
      let stored = try #require(outputs[layer.name])
      let expected = shape.isFlat ? [shape.channels] : [shape.height, shape.width, shape.channels]
      #expect(stored.shape == [count] + expected, "\(layer.name)")
      var found: [Float]?
      if let short = try net.truncated(after: layer.name) {
        found = short.features(bench.x, count: count)
      } else if layer.kind == .flatten {
        found = net.features(bench.x, count: count)
      } else if index == layers.count - 1 {
        found = probabilities
      } else {
        found = net.lastOutput(ofDense: layer.name, count: count)
      }
      if let found { #expect(stored.mismatch(found, tolerance: 1e-5) == nil, "\(layer.name)") }
    }
  }

  @Test(arguments: ChainFixture.names)
  func lossAndMetricsAreKerasOwn(name: String) throws {
    let bench = try ChainBench(try ChainFixture.load(name))
    let expected = bench.fixture.inference
    let sums = bench.net.evaluate(bench.x, labels: bench.labels, count: bench.count)
    let loss = sums.loss / sums.count + bench.net.regularizationLoss()
    #expect(abs(loss - expected.loss) < 1e-5 * expected.loss)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    #expect(abs(sums.correct / sums.count - expected.accuracy) < 1e-6)
    #expect(abs(sums.absoluteError / sums.count - expected.mae) < 1e-5)
  }

  @Test(arguments: ChainFixture.names, [false, true])
  func everyGradientIsKerasOwn(name: String, inParts: Bool) throws {
    let bench = try ChainBench(try ChainFixture.load(name))
    let expected = bench.fixture.inference
    let sums = try inParts ? bench.stepInParts(dropout: nil) : bench.step()
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout off")
  }

  @Test(arguments: ChainFixture.names, [false, true])
  func gradientsUnderDropoutAreKerasOwn(name: String, inParts: Bool) throws {
    let bench = try ChainBench(try ChainFixture.load(name))
    guard let expected = bench.fixture.dropout else {
      #expect(!bench.net.architecture.layers.contains { $0.className == "Dropout" })
      return
    }
    let key = DropoutKey(
      seed: try #require(expected.seed), epoch: try #require(expected.epoch),
      firstPosition: try #require(expected.firstPosition))
    let sums = try inParts ? bench.stepInParts(dropout: key) : bench.step(dropout: key)
    #expect(abs(sums.loss / sums.count - expected.crossEntropy) < 1e-5)
    bench.addL2()
    try bench.expectGradients(expected.gradients, "dropout on")
  }

  @Test(arguments: ChainFixture.names)
  func weightsMoveAsInKerasWhateverIsFrozen(name: String) throws {
    let fixture = try ChainFixture.load(name)
    for freeze in fixture.freezes {
      for run in freeze.training {
        try expectTraining(run, of: try ChainBench(fixture, frozen: freeze.frozen), freeze.frozen)
      }
    }
  }

  private func expectTraining(
    _ run: ChainFixture.Run, of bench: ChainBench, _ frozen: [String]
  ) throws {
    let net = bench.net
    let start = net.weights.copy()
    let optimizer = Optimizer(run.configuration, count: net.layout.count)
    let constant = net.frozenRegularizationLoss()
    var penalty = net.regularizationLoss()
    for (step, expected) in run.losses.enumerated() {
      let sums = try bench.step()
      let loss = sums.loss / sums.count + penalty
      #expect(abs(loss - expected) < 2e-5 * expected, "\(frozen), \(run.optimizer), \(step)")
      penalty =
        constant
        + optimizer.apply(
          weights: net.weights.pointer, gradients: bench.gradients.pointer,
          segments: net.l2Segments)
    }
    for tensor in net.layout.tensors {
      let expected = try #require(run.movement["\(tensor.layer)/\(tensor.role)"])
      let moved = tensor.range.map { net.weights.pointer[$0] - start.pointer[$0] }
      if !tensor.trainable { #expect(moved.allSatisfy { $0 == 0 }) }
      // Of the movement, not of the weights, which this is a small part of.
      #expect(
        expected.mismatch(moved, tolerance: 2e-3) == nil,
        "\(tensor.kerasName), \(run.optimizer), frozen \(frozen)")
    }
  }
}
