import Model
import Support
import Testing

/// Frozen layers beside Keras 2.15's `trainable = False`: `Fixtures/Chains`.
@Suite struct FrozenLayerTests {
  @Test(arguments: ChainFixture.names)
  func onlyTrainedLayersHaveGradients(name: String) throws {
    let fixture = try ChainFixture.load(name)
    for freeze in fixture.freezes where !freeze.frozen.isEmpty {
      let bench = try ChainBench(fixture, frozen: freeze.frozen)
      let sums = try bench.step()
      let loss = sums.loss / sums.count + bench.net.regularizationLoss()
      #expect(abs(loss - freeze.loss) < 1e-5 * freeze.loss, "frozen \(freeze.frozen)")
      bench.addL2()
      try bench.expectGradients(try #require(freeze.gradients), "frozen \(freeze.frozen)")
    }
  }

  @Test(arguments: ChainFixture.names)
  func keptFeaturesGiveTheSameBits(name: String) throws {
    let fixture = try ChainFixture.load(name)
    let base = try fixture.network()
    let names = base.layers[..<base.flattenIndex].map(\.name)
    let whole = try ChainBench(fixture, frozen: names)
    let kept = try ChainBench(fixture, frozen: names)
    #expect(!whole.net.trainsConvBase)
    let drops = base.layers[..<base.flattenIndex].contains { $0.className == "Dropout" }
    #expect(whole.net.featuresAreFixed == !drops)
    if !drops {
      let key = DropoutKey(seed: 5, epoch: 1, firstPosition: 30)
      #expect(try whole.step(dropout: key) == kept.stepFromFeatures(dropout: key))
      #expect(whole.gradients.all.elementsEqual(kept.gradients.all))
    }
    try expectSameInference(whole)
  }

  /// One sample more than the network takes at a time, so that features come in two parts.
  private func expectSameInference(_ bench: ChainBench) throws {
    let (net, count) = (bench.net, bench.count + 1)
    let x = bench.x + bench.x.prefix(net.architecture.input.count)
    let labels = bench.labels + bench.labels.prefix(1)
    var features = [Float](repeating: 0, count: count * net.featureCount)
    net.computeFeatures(x, count: count, into: &features)
    #expect(
      net.evaluate(features: features, labels: labels, count: count)
        == net.evaluate(x, labels: labels, count: count))
    var direct = [Float](repeating: 0, count: count * net.architecture.classCount)
    var kept = direct
    net.predict(x, count: count, into: &direct)
    net.predict(features: features, count: count, into: &kept)
    #expect(direct == kept)
    #expect(direct.contains { $0 > 0 })
  }

  /// The classifier's gradients are ready once, and the conv base's pass is told of only where there
  /// is one.
  @Test func theBackwardPassEndsAtTheLowestTrainedLayer() throws {
    for (frozen, progressed) in [([], true), (["c1", "c2", "c3"], false), (["c1", "c3"], true)] {
      let bench = try ChainBench(try ChainFixture.load("three-convolutions"), frozen: frozen)
      var (ready, progress) = (0, 0)
      _ = try bench.net.trainStep(
        bench.x, labels: bench.labels, count: bench.count,
        context: StepContext(globalCount: bench.count, dropout: nil),
        gradients: bench.gradients.pointer, classifierReady: { ready += 1 },
        progress: { progress += 1 })
      #expect(ready == 1)
      #expect((progress > 0) == progressed)
    }
  }

  /// 1,002,883 parameters with NeatMS's documentation's names; the numbers are its own.
  @Test func rangesOfTheNeatMSNetwork() throws {
    var network = Architecture.neatMS()
    #expect(ParameterLayout(network).trainableRanges == [0..<1_002_883])
    for index in 0..<4 { network.layers[index].trainable = false }
    let classifier = ParameterLayout(network)
    #expect(classifier.trainableRanges == [19_328..<1_002_883])
    #expect(try PeakNet(architecture: network, maxBatch: 1).classifierRange == 19_328..<1_002_883)
    network.layers[4].trainable = false
    #expect(ParameterLayout(network).trainableRanges == [1_002_496..<1_002_883])
    network.layers[0].trainable = true
    #expect(ParameterLayout(network).trainableRanges == [0..<832, 1_002_496..<1_002_883])
    let net = try PeakNet(architecture: network, maxBatch: 1)
    net.initializeGlorotUniform(seed: 1)
    #expect(net.l2Segments.allSatisfy { $0.l2 == 0 })
    #expect(net.frozenRegularizationLoss() == net.regularizationLoss())
    #expect(net.regularizationLoss() > 0)
  }
}
