/// One tensor of a fixture: all its values, or for a large one every `stride`-th and some sums.
struct StoredTensor: Decodable {
  let shape: [Int]
  /// How far Keras in float32 is from Keras in float64: largest difference over largest magnitude.
  let rounding: Double
  let values: [Float]?
  let stride: Int?
  let samples: [Float]?
  let sum: Double?
  let norm: Double?
  /// Sums with the signs of `FixtureRule.signs`.
  let projections: [Double]?

  var count: Int { shape.reduce(1, *) }

  /// Compares all of `found` (row-major, Keras's order) with the stored tensor.
  ///
  /// - Parameter tolerance: allowed difference, relative to the tensor's largest magnitude for
  ///   elements, and to the larger of its L2 norm and the number itself for sums and projections.
  ///   Twice Keras's own `rounding` is allowed where that is more.
  /// - Returns: nil where they agree, else what differs most plainly.
  func mismatch(_ found: UnsafeBufferPointer<Float>, tolerance: Double) -> String? {
    guard found.count == count else {
      return "\(found.count) elements, expected \(count) of shape \(shape)"
    }
    let allowed = max(tolerance, 2 * rounding)
    return elementMismatch(found, allowed: allowed) ?? sumMismatch(found, allowed: allowed)
  }

  func mismatch(_ found: UnsafeMutableBufferPointer<Float>, tolerance: Double) -> String? {
    mismatch(UnsafeBufferPointer(found), tolerance: tolerance)
  }

  func mismatch(_ found: [Float], tolerance: Double) -> String? {
    found.withUnsafeBufferPointer { mismatch($0, tolerance: tolerance) }
  }

  private func elementMismatch(
    _ found: UnsafeBufferPointer<Float>, allowed: Double
  ) -> String? {
    guard let expected = values ?? samples else { return "the fixture holds no elements" }
    let step = values == nil ? stride ?? 1 : 1
    guard expected.count == (count + step - 1) / step else {
      return "the fixture holds \(expected.count) elements at stride \(step)"
    }
    let largest = Double(expected.map(abs).max() ?? 0)
    var worst: (index: Int, difference: Double) = (0, -1)
    for (position, value) in expected.enumerated() {
      let difference = abs(Double(found[position * step]) - Double(value))
      // Written so that NaN counts as a difference.
      if !(difference <= worst.difference) { worst = (position, difference) }
      if difference.isNaN { break }
    }
    guard !(worst.difference <= allowed * largest) else { return nil }
    return """
      element \(worst.index * step): found \(found[worst.index * step]), \
      expected \(expected[worst.index]); largest \(largest), \
      relative difference \(worst.difference / largest), allowed \(allowed)
      """
  }

  private func sumMismatch(_ found: UnsafeBufferPointer<Float>, allowed: Double) -> String? {
    guard let sum, let norm, let projections else { return nil }
    var square = 0.0
    var total = 0.0
    for value in found {
      total += Double(value)
      square += Double(value) * Double(value)
    }
    var pairs = [("sum", total, sum), ("norm", square.squareRoot(), norm)]
    for (index, expected) in projections.enumerated() {
      let signs = FixtureRule.signs(projection: index, count: count)
      var projection = 0.0
      for i in 0..<count { projection += Double(found[i]) * Double(signs[i]) }
      pairs.append(("projection \(index)", projection, expected))
    }
    for (name, value, expected) in pairs {
      let scale = max(norm, abs(expected))
      if !(abs(value - expected) <= allowed * scale) {
        return "\(name): found \(value), expected \(expected), norm \(norm), allowed \(allowed)"
      }
    }
    return nil
  }
}
