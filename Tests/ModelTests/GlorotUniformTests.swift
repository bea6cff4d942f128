import Model
import Testing

@Suite struct GlorotUniformTests {
  /// Glorot and Bengio (2010): uniform in ±sqrt(6 / (fan in + fan out)), so variance limit² / 3.
  @Test func kernelsHaveTheStatedSpreadAndBiasesAreZero() throws {
    let net = try PeakNet(architecture: .neatMS(), maxBatch: 1)
    net.initializeGlorotUniform(seed: 5)
    let fans: [String: Float] = [
      "conv2d_1": 25 * (1 + 32), "conv2d_2": 9 * (32 + 64), "dense_1": 7680 + 128,
      "dense_prediction": 128 + 3,
    ]
    for tensor in net.layout.tensors {
      let values = net.weights[tensor.range]
      guard tensor.role == "kernel" else {
        #expect(values.allSatisfy { $0 == 0 })
        continue
      }
      let limit = (6 / (try #require(fans[tensor.layer]))).squareRoot()
      #expect(values.allSatisfy { abs($0) <= limit })
      let variance = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
      let expected = Double(limit * limit / 3)
      // Six standard errors of a variance estimate from a uniform distribution.
      #expect(abs(variance / expected - 1) < 6 * (0.8 / Double(values.count)).squareRoot())
    }
  }

  @Test func seedsDiffer() throws {
    let net = try PeakNet(architecture: .neatMS(matrixSize: 20), maxBatch: 1)
    net.initializeGlorotUniform(seed: 5)
    let first = Array(net.weights.all)
    net.initializeGlorotUniform(seed: 6)
    #expect(first != Array(net.weights.all))
    net.initializeGlorotUniform(seed: 5)
    #expect(first == Array(net.weights.all))
  }
}
