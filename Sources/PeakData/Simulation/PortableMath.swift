/// Functions made of + − × ÷ and square roots alone, whose results IEEE 754 fixes to the last bit:
/// a system's own `exp` may differ from another's, and simulated peaks would differ with it.
enum PortableMath {
  /// e to the `x`, to a few units in the last place; 0 below −708, and `x` must not exceed 709.
  ///
  /// Method: x = k · ln 2 + r with |r| ≤ ln 2 / 2, then the Taylor series of eʳ to the 13th power.
  static func exp(_ x: Double) -> Double {
    if x < -708 { return 0 }
    let k = (x * 1.442_695_040_888_963_4).rounded()
    // ln 2 in two parts: the first has 21 trailing zero bits, so that k times it is exact.
    let r = (x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33
    var sum = 1.0
    var divisor = 13.0
    while divisor > 0 {
      sum = 1 + sum * r / divisor
      divisor -= 1
    }
    return sum * Double(bitPattern: UInt64(1023 + Int64(k)) << 52)
  }

  /// exp(x²) · erfc(x) for x ≥ 0, with an absolute error of 1.5e-7 · exp(x²) at most.
  ///
  /// Source: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 7.1.26.
  static func scaledErfc(_ x: Double) -> Double {
    let t = 1 / (1 + 0.3275911 * x)
    let higher = -1.453152027 + t * 1.061405429
    return t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * higher)))
  }
}
