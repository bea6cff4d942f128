import Support

extension PhiloxSequence {
  /// Uniform in [0, 1) with 32 bits.
  mutating func uniform() -> Double { Double(nextWord()) * 0x1p-32 }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// `low` times 2 to the 0 … `octaves`, every factor equally likely: 1 … 2 as often as 2 … 4.
  mutating func logUniform(_ low: Double, octaves: Double) -> Double {
    low * PortableMath.exp(0.693_147_180_559_945_3 * octaves * uniform())
  }

  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// About normal, mean 0 and standard deviation 1: the sum of eight uniform numbers (central limit
  /// theorem), which needs no logarithm or cosine.
  mutating func normal() -> Double {
    var sum: UInt32 = 0
    for _ in 0..<4 {
      let word = nextWord()
      sum &+= (word & 0xFFFF) &+ (word >> 16)
    }
    // Eight terms of mean 32767.5 and variance (65536² − 1) / 12.
    return (Double(sum) - 262_140) * (1 / 53_509.919_921)
  }
}
