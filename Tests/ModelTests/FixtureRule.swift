import Model
import Support

/// The rule that makes a fixture's weights, inputs and labels: `scripts/python/philox.py` in Swift.
///
/// Tensor number `t`, element `i`: `word = Philox(key (7, 0), counter (i / 4, t, 0, 77))[i % 4]`,
/// and `u = (word >> 8) · 2⁻²⁴ · 2 − 1`.
enum FixtureRule {
  static func words(_ tensor: UInt32, count: Int) -> [UInt32] {
    let philox = Philox(key: SIMD2(7, 0))
    var words = [UInt32]()
    words.reserveCapacity(count + 3)
    for block in 0..<UInt32((count + 3) / 4) {
      let drawn = philox.block(SIMD4(block, tensor, 0, 77))
      for lane in 0..<4 { words.append(drawn[lane]) }
    }
    return Array(words.prefix(count))
  }

  /// In [−1, 1).
  static func uniform(_ tensor: UInt32, count: Int) -> [Float] {
    words(tensor, count: count).map { Float($0 >> 8) * 0x1p-24 * 2 - 1 }
  }

  /// The start weights, flat in the order of the layout: kernels span Glorot's range, biases ±0.05.
  static func startWeights(_ layout: ParameterLayout) -> [Float] {
    var weights = [Float]()
    weights.reserveCapacity(layout.count)
    for (number, tensor) in layout.tensors.enumerated() {
      var limit: Float = 0.05
      if tensor.shape.count > 1 {
        let field = tensor.shape.dropLast(2).reduce(1, *)
        let fans = field * (tensor.shape.suffix(2).reduce(0, +))
        limit = Float((6.0 / Double(fans)).squareRoot())
      }
      weights += uniform(UInt32(number), count: tensor.count).map { $0 * limit }
    }
    return weights
  }

  /// `samples` × 2 × `width`: row 0 |u|, row 1 the window, 1 in the middle third.
  static func inputs(samples: Int, width: Int) -> [Float] {
    var x = uniform(1000, count: samples * 2 * width).map(abs)
    for sample in 0..<samples {
      for point in 0..<width {
        let inWindow = 3 * point >= width && 3 * point < 2 * width
        x[(2 * sample + 1) * width + point] = inWindow ? 1 : 0
      }
    }
    return x
  }

  static func labels(samples: Int, classes: Int) -> [Int] {
    words(1001, count: samples).map { Int($0 % UInt32(classes)) }
  }

  /// +1 or −1 for each element, of projection 0 … 3.
  static func signs(projection: Int, count: Int) -> ArraySlice<Float> {
    let table = signTables[projection]
    return table.count >= count
      ? table[..<count] : makeSigns(projection: projection, count: count)[...]
  }

  /// As many signs as the largest tensor of the fixtures needs, made once.
  private static let signTables = (0..<4).map { makeSigns(projection: $0, count: 983_040) }

  private static func makeSigns(projection: Int, count: Int) -> [Float] {
    uniform(2000 + UInt32(projection), count: count).map { $0 >= 0 ? 1 : -1 }
  }
}
