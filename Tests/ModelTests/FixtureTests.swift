import Model
import Support
import Testing

/// That the fixtures hold what the tests think: the rule is the same in Swift and Python, and the
/// comparison can fail.
@Suite struct FixtureTests {
  @Test(arguments: ModelFixture.names)
  func startWeightsFollowTheRule(name: String) throws {
    let fixture = try ModelFixture.load(name)
    let layout = ParameterLayout(try fixture.network())
    let weights = FixtureRule.startWeights(layout)
    #expect(layout.tensors.count == fixture.start.count)
    for tensor in layout.tensors {
      let stored = try #require(fixture.start["\(tensor.layer)/\(tensor.role)"])
      #expect(stored.shape == tensor.shape)
      #expect(stored.mismatch(Array(weights[tensor.range]), tolerance: 1e-7) == nil, "\(tensor)")
    }
  }

  @Test(arguments: ModelFixture.names)
  func layersHaveKerasShapes(name: String) throws {
    let fixture = try ModelFixture.load(name)
    let outputs = try #require(fixture.inference.outputs)
    let network = try fixture.network()
    #expect(outputs.count == network.layers.count)
    for (layer, shape) in zip(network.layers, network.outputShapes) {
      let expected =
        shape.isFlat ? [shape.channels] : [shape.height, shape.width, shape.channels]
      #expect(outputs[layer.name]?.shape == [fixture.inference.count] + expected)
    }
  }

  @Test func comparisonSeesOneWrongElementAndOneWrongSign() throws {
    let fixture = try ModelFixture.load("matrix60-classes2")
    let layout = ParameterLayout(try fixture.network())
    let tensor = try #require(layout.tensor("dense_1", "kernel"))
    let stored = try #require(fixture.start["dense_1/kernel"])
    let stride = try #require(stored.stride)
    var weights = Array(FixtureRule.startWeights(layout)[tensor.range])
    #expect(stored.mismatch(weights, tolerance: 1e-6) == nil)

    weights[stride] += 0.001
    #expect(stored.mismatch(weights, tolerance: 1e-4)?.hasPrefix("element \(stride):") == true)
    weights[stride] = .nan
    #expect(stored.mismatch(weights, tolerance: 1e-4) != nil)

    // Between the stored elements only the sums can tell.
    weights = Array(FixtureRule.startWeights(layout)[tensor.range])
    weights[1] = -weights[1]
    #expect(stored.mismatch(weights, tolerance: 1e-6)?.hasPrefix("sum") == true)
    weights[1] = -weights[1]
    weights.swapAt(1, 2)
    #expect(stored.mismatch(weights, tolerance: 1e-6)?.hasPrefix("projection") == true)
    #expect(stored.mismatch(Array(weights.dropLast()), tolerance: 1) != nil)
  }
}
