import Foundation
import Model
import Support
import Testing

/// What Keras computed for one chain, as `scripts/python/fixtures-chains.py` wrote it; the script
/// explains every field.
struct ChainFixture: Decodable {
  struct Evaluated: Decodable {
    let loss: Double
    let crossEntropy: Double
    let accuracy: Double
    let mae: Double
    let outputs: [String: StoredTensor]?
    let gradients: [String: StoredTensor]
    let seed: UInt64?
    let epoch: Int?
    let firstPosition: Int?
  }

  struct Run: Decodable {
    let optimizer: String
    let learningRate: Float
    let momentum: Float
    let losses: [Double]
    let movement: [String: StoredTensor]

    var configuration: OptimizerConfiguration {
      optimizer == "adam"
        ? .adam(learningRate: learningRate)
        : .sgd(learningRate: learningRate, momentum: momentum)
    }
  }

  struct Freeze: Decodable {
    let frozen: [String]
    let loss: Double
    let gradients: [String: StoredTensor]?
    let training: [Run]
  }

  private let architecture: ArchitectureDescription
  let count: Int
  let inference: Evaluated
  let dropout: Evaluated?
  let freezes: [Freeze]

  static let names = [
    "even-kernels", "valid-padding", "activation-layers", "three-convolutions",
    "dropout-everywhere", "no-pooling-no-bias", "dense-before-flatten", "no-convolution",
    "all-convolutions",
  ]

  static func load(_ name: String) throws -> ChainFixture {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/Chains/\(name).json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(ChainFixture.self, from: Data(contentsOf: url))
  }

  func network(frozen: [String] = []) throws -> Architecture {
    var network = try architecture.architecture()
    for index in network.layers.indices where frozen.contains(network.layers[index].name) {
      network.layers[index].trainable = false
    }
    return network
  }
}

/// A chain's network with the fixture's start weights, and its samples.
final class ChainBench {
  let fixture: ChainFixture
  let net: PeakNet
  let x: [Float]
  let labels: [Int32]
  let gradients: AlignedBuffer
  var count: Int { fixture.count }
  /// What a gradient buffer holds where nothing was written.
  static let untouched: Float = -7.25

  init(_ fixture: ChainFixture, frozen: [String] = [], lane: Int = 3) throws {
    self.fixture = fixture
    let network = try fixture.network(frozen: frozen)
    net = try PeakNet(architecture: network, maxBatch: fixture.count, lane: lane)
    for (place, value) in FixtureRule.startWeights(net.layout).enumerated() {
      net.weights.pointer[place] = value
    }
    x = FixtureRule.inputs(samples: fixture.count, width: network.matrixSize)
    labels = FixtureRule.labels(samples: fixture.count, classes: network.classCount)
      .map(Int32.init)
    gradients = AlignedBuffer(count: net.layout.count)
    gradients.fill(Self.untouched)
  }

  /// The gradient of the mean loss over all samples.
  func step(dropout: DropoutKey? = nil) throws -> MetricSums {
    try net.trainStep(
      x, labels: labels, count: count, context: StepContext(globalCount: count, dropout: dropout),
      gradients: gradients.pointer)
  }

  /// The same in two parts, as two ranks compute it.
  func stepInParts(dropout: DropoutKey?) throws -> MetricSums {
    let sum = AlignedBuffer(count: gradients.count)
    var sums = MetricSums()
    let cut = count / 2
    for part in [0..<cut, cut..<count, count..<count] {
      var key = dropout
      key?.firstPosition += part.lowerBound
      let inputs = net.architecture.input.count
      sums += try net.trainStep(
        Array(x[(part.lowerBound * inputs)..<(part.upperBound * inputs)]),
        labels: Array(labels[part]), count: part.count,
        context: StepContext(globalCount: count, dropout: key), gradients: gradients.pointer)
      for place in 0..<sum.count { sum.pointer[place] += gradients.pointer[place] }
    }
    gradients.assign(sum)
    return sums
  }

  /// The same from features computed before.
  func stepFromFeatures(dropout: DropoutKey? = nil) throws -> MetricSums {
    var features = [Float](repeating: 0, count: count * net.featureCount)
    net.computeFeatures(x, count: count, into: &features)
    let kept = features
    let sums = try net.trainStep(
      features: features, labels: labels, count: count,
      context: StepContext(globalCount: count, dropout: dropout), gradients: gradients.pointer)
    #expect(features == kept, "the features stay as they are")
    return sums
  }

  /// Adds the L2 term's gradient, which the optimizer adds otherwise.
  func addL2() {
    for segment in net.l2Segments where segment.l2 > 0 {
      for place in segment.range {
        gradients.pointer[place] += 2 * segment.l2 * net.weights.pointer[place]
      }
    }
  }

  /// Every trained tensor's gradient is `stored`'s; at those of frozen layers nothing was written.
  func expectGradients(_ stored: [String: StoredTensor], _ comment: String) throws {
    #expect(stored.count == net.layout.trainableTensors.count, "\(comment)")
    for tensor in net.layout.tensors {
      let found = gradients[tensor.range]
      guard tensor.trainable else {
        #expect(found.allSatisfy { $0 == Self.untouched }, "\(tensor.kerasName): \(comment)")
        continue
      }
      let expected = try #require(stored["\(tensor.layer)/\(tensor.role)"])
      let mismatch = expected.mismatch(found, tolerance: 5e-5)
      #expect(mismatch == nil, "\(tensor.kerasName): \(comment)")
    }
  }
}
