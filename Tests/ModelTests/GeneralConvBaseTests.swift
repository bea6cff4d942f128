import Model
import Support
import Testing

/// The general conv base beside the fast one, which knows only NeatMS's kind of chain: an Activation
/// layer that does nothing makes a chain general.
@Suite struct GeneralConvBaseTests {
  private func bench(
    _ network: Architecture, samples: Int
  ) throws -> (net: PeakNet, x: [Float], labels: [Int32]) {
    let net = try PeakNet(architecture: network, maxBatch: samples)
    net.initializeGlorotUniform(seed: 8)
    let x = FixtureRule.inputs(samples: samples, width: network.matrixSize)
    let labels = FixtureRule.labels(samples: samples, classes: network.classCount).map(Int32.init)
    return (net, x, labels)
  }

  /// With 120 points the second convolution is made by Winograd's form, where tiles multiply.
  @Test(arguments: [[], ["conv2d_1"], ["conv2d_2", "dense_1"]], [61, 120])
  func agreesWithTheFastOne(frozen: [String], matrixSize: Int) throws {
    var network = Architecture.neatMS(matrixSize: matrixSize, classCount: 4)
    for index in network.layers.indices where frozen.contains(network.layers[index].name) {
      network.layers[index].trainable = false
    }
    var general = network
    general.layers.insert(Layer("nothing", .activation(.linear)), at: 3)
    // Dropout's masks go by the layer's position, which differs: none here.
    let samples = 21
    let context = StepContext(globalCount: samples, dropout: nil)
    var gradients: [[Float]] = []
    var sums: [MetricSums] = []
    var outputs: [[Float]] = []
    for architecture in [network, general] {
      let (net, x, labels) = try bench(architecture, samples: samples)
      let found = AlignedBuffer(count: net.layout.count)
      found.fill(3)
      sums.append(
        try net.trainStep(
          x, labels: labels, count: samples, context: context, gradients: found.pointer))
      gradients.append(Array(found.all))
      outputs.append(net.features(x, count: samples))
    }
    #expect(abs(sums[0].loss - sums[1].loss) < 1e-5 * sums[0].loss)
    #expect(difference(outputs[0], outputs[1]) < 1e-5)
    for tensor in ParameterLayout(network).tensors {
      let (fast, slow) = (Array(gradients[0][tensor.range]), Array(gradients[1][tensor.range]))
      #expect(difference(fast, slow) < 2e-5, "\(tensor.kerasName)")
      #expect(tensor.trainable || fast.allSatisfy { $0 == 3 }, "\(tensor.kerasName)")
    }
  }

  /// The largest difference over the largest magnitude.
  private func difference(_ a: [Float], _ b: [Float]) -> Float {
    let largest = a.map(abs).max() ?? 0
    return zip(a, b).map { abs($0 - $1) }.max().map { $0 / largest } ?? .infinity
  }

  /// Far from 0, where a careless formula divides infinity by infinity. The limits are those of the
  /// functions themselves.
  @Test(arguments: Activation.allCases.filter { $0 != .softmax })
  func activationsHaveTheirLimits(activation: Activation) throws {
    let input = SampleShape(height: 2, width: 4, channels: 1)
    let layers = [
      Layer(
        "c",
        .conv2D(filters: 1, kernelHeight: 1, kernelWidth: 1, activation: activation)),
      Layer("pass", .activation(.linear)), Layer("flat", .flatten),
      Layer("out", .dense(units: 2, activation: .softmax)),
    ]
    let net = try PeakNet(architecture: Architecture(input: input, layers: layers), maxBatch: 1)
    net.weights.pointer[0] = 1
    let x: [Float] = [-80, 80, -200, 200, 0, -0.0, -1e30, 1e30]
    let values = net.features(x, count: 1)
    let (low, high): (Float, Float?) =
      switch activation {
      case .linear: (-200, 200)
      case .relu, .softplus, .swish, .gelu, .mish: (0, 200)
      case .sigmoid: (0, 1)
      case .tanh: (-1, 1)
      case .softsign: (-200 / 201, 200 / 201)
      case .elu: (-1, 200)
      case .selu: (-1.7580993, 210.14020)
      case .exponential: (0, nil)
      case .softmax: (0, 0)
      }
    #expect(abs(values[2] - low) < 1e-6)
    if let high { #expect(abs(values[3] - high) < 1e-4) }
    #expect(values.allSatisfy { !$0.isNaN })
    let gradients = AlignedBuffer(count: net.layout.count)
    _ = try net.trainStep(
      Array(x.prefix(4) + x.prefix(4)), labels: [1], count: 1,
      context: StepContext(globalCount: 1, dropout: nil), gradients: gradients.pointer)
    // exp(200) is infinite in single precision; every other slope is a number.
    #expect(activation == .exponential || gradients.all.allSatisfy { $0.isFinite })
  }
}
