import Model
import Support
import Testing

/// Every layer's hand-derived gradient against central differences of the loss, on networks whose
/// shapes Keras fixtures do not cover: even kernels, wide pools, no pooling, more layers.
@Suite struct FiniteDifferenceTests {
  static func conv(_ name: String, _ filters: Int, _ height: Int, _ width: Int) -> Layer {
    Layer(
      name,
      .conv2D(filters: filters, kernelHeight: height, kernelWidth: width, activation: .relu))
  }

  static let chains: [(String, [Layer])] = [
    ("even kernel, pool 3", [conv("c1", 3, 2, 4), Layer("p1", .maxPooling2D(poolWidth: 3))]),
    ("one by one", [conv("c1", 4, 1, 1)]),
    (
      "linear, wide kernel",
      [
        Layer(
          "c1", .conv2D(filters: 3, kernelHeight: 3, kernelWidth: 7, activation: .linear)),
        Layer("p1", .maxPooling2D(poolWidth: 2)),
      ]
    ),
    (
      "three convolutions",
      [
        conv("c1", 3, 5, 5), Layer("p1", .maxPooling2D(poolWidth: 2)), conv("c2", 4, 3, 3),
        conv("c3", 2, 3, 2), Layer("p3", .maxPooling2D(poolWidth: 2)),
      ]
    ),
    (
      "valid padding, pool over rows",
      [
        Layer(
          "c1",
          .conv2D(
            filters: 3, kernelHeight: 1, kernelWidth: 4, activation: .tanh, padding: .valid)),
        Layer("p1", .maxPooling2D(poolHeight: 2, poolWidth: 3, padding: .same)),
        Layer(
          "c2",
          .conv2D(
            filters: 4, kernelHeight: 2, kernelWidth: 2, activation: .swish, useBias: false)),
        Layer("a2", .activation(.gelu)),
      ]
    ),
    (
      "dropout and a dense layer before Flatten",
      [
        Layer("drop", .dropout(rate: 0.3)),
        Layer("d0", .dense(units: 3, activation: .softplus)),
        Layer("p1", .maxPooling2D(poolWidth: 5, padding: .same)),
        conv("c1", 3, 3, 3),
      ]
    ),
  ]

  private func network(_ base: [Layer]) throws -> PeakNet {
    let head = [
      Layer("flatten", .flatten), Layer("drop_0", .dropout(rate: 0.25)),
      Layer("dense_1", .dense(units: 6, activation: .relu, l2: 0.01)),
      Layer("drop_1", .dropout(rate: 0.5)),
      Layer("dense_2", .dense(units: 5, activation: .linear, l2: 0)),
      Layer("out", .dense(units: 3, activation: .softmax, l2: 0)),
    ]
    let input = SampleShape(height: 2, width: 13, channels: 1)
    let net = try PeakNet(
      architecture: Architecture(input: input, layers: base + head), maxBatch: 5, lane: 2)
    var random = PhiloxSequence(seed: 3, stream: .initialisation)
    for place in 0..<net.layout.count { net.weights.pointer[place] = random.nextUniform() - 0.4 }
    return net
  }

  @Test(arguments: chains.indices)
  func gradientsFollowTheLoss(chain: Int) throws {
    let net = try network(Self.chains[chain].1)
    var random = PhiloxSequence(seed: 4, stream: .simulation)
    let x = (0..<(5 * net.architecture.input.count)).map { _ in random.nextUniform() }
    let labels: [Int32] = [0, 1, 2, 2, 1]
    let context = StepContext(
      globalCount: 5, dropout: DropoutKey(seed: 9, epoch: 1, firstPosition: 70),
      classWeights: [1, 2, 0.5])
    let gradients = AlignedBuffer(count: net.layout.count)
    let scratch = AlignedBuffer(count: net.layout.count)
    func loss() throws -> Double {
      let sums = try net.trainStep(
        x, labels: labels, count: 5, context: context, gradients: scratch.pointer)
      return sums.loss / 5
    }
    _ = try net.trainStep(
      x, labels: labels, count: 5, context: context, gradients: gradients.pointer)
    for tensor in net.layout.tensors {
      try compare(net, gradients, tensor, loss, Self.chains[chain].0)
    }
  }

  /// Relu and max have corners, where a difference quotient says nothing: places where the slope
  /// before and the slope after differ are passed over, all others must agree.
  private func compare(
    _ net: PeakNet, _ gradients: AlignedBuffer, _ tensor: ParameterTensor,
    _ loss: () throws -> Double, _ comment: String
  ) throws {
    let width: Float = 1e-3
    let middle = try loss()
    var compared = 0
    var largest = 0.0
    for place in stride(from: tensor.offset, to: tensor.range.upperBound, by: 3) {
      let value = net.weights.pointer[place]
      net.weights.pointer[place] = value + width
      let above = try loss()
      net.weights.pointer[place] = value - width
      let below = try loss()
      net.weights.pointer[place] = value
      let narrow = (above - below) / Double(2 * width)
      let bend = (above - middle) - (middle - below)
      guard abs(bend) < Double(width) * (1e-3 + 0.01 * abs(narrow)) else { continue }
      let gradient = Double(gradients.pointer[place])
      #expect(
        abs(narrow - gradient) < 2e-3 + 0.02 * abs(narrow),
        "\(tensor.kerasName)[\(place - tensor.offset)] of \(comment)")
      largest = max(largest, abs(gradient))
      compared += 1
    }
    #expect(largest > 0, "\(tensor.kerasName) of \(comment) has a gradient")
    #expect(compared > 0, "\(tensor.kerasName) of \(comment)")
  }
}
