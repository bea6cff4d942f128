import Model
import Support
import Testing

/// Weights of units that never fire shrink under the L2 penalty until they are subnormal; as in Keras they
/// are zero then, and do not slow training down by an order of magnitude.
@Suite("Subnormal numbers") struct SubnormalTests {
  /// Keras 2.15's `fit` leaves zeros of a penalised kernel of 1e-40 whose gradient is zero.
  @Test(arguments: [
    OptimizerConfiguration.sgd(learningRate: 1e-3), .adam(learningRate: 1e-3),
  ])
  func becomeZero(configuration: OptimizerConfiguration) throws {
    let samples = 4
    let net = try PeakNet(architecture: .neatMS(), maxBatch: samples)
    net.initializeGlorotUniform(seed: 1)
    let kernel = try #require(net.layout.tensors.first { $0.kerasName.hasPrefix("dense_1/kernel") })
    net.weights[kernel.range].update(repeating: .leastNormalMagnitude / 1000)
    let optimizer = Optimizer(configuration, count: net.layout.count)
    for slot in optimizer.slots {
      slot[kernel.range].update(repeating: .leastNormalMagnitude / 1000)
    }
    let x = FixtureRule.inputs(samples: samples, width: 120)
    let labels = FixtureRule.labels(samples: samples, classes: 3).map(Int32.init)
    let gradients = AlignedBuffer(count: net.layout.count)
    _ = try net.trainStep(
      x, labels: labels, count: samples, context: StepContext(globalCount: samples, dropout: nil),
      gradients: gradients.pointer)
    _ = optimizer.apply(
      weights: net.weights.pointer, gradients: gradients.pointer, segments: net.l2Segments)
    // Elsewhere on the thread they are numbers as before: the logarithm of the least probability is finite.
    #expect(Float.leastNonzeroMagnitude * Float(samples) > 0)
    // The bits: comparing would take subnormal numbers for zero.
    #expect(net.weights[kernel.range].allSatisfy { $0.bitPattern << 1 == 0 })
    for slot in optimizer.slots {
      #expect(slot[kernel.range].allSatisfy { $0.bitPattern << 1 == 0 })
    }
  }
}
