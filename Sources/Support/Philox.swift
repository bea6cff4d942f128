/// Philox 4x32-10, a counter-based generator: the same (key, counter) gives the same four words on
/// every rank, so a shuffle or a dropout mask depends on the seed and the position only.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
public struct Philox: Sendable {
  public let key: SIMD2<UInt32>

  public init(key: SIMD2<UInt32>) { self.key = key }

  /// Splits a 64-bit seed into the two key words, low word first.
  public init(seed: UInt64) {
    self.init(key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
  }

  /// The block at `counter`: ten rounds.
  @inlinable
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<10 {
      let p0 = UInt64(c.x) &* 0xD251_1F53
      let p1 = UInt64(c.z) &* 0xCD9E_8D57
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: p0))
      k.x &+= 0x9E37_79B9
      k.y &+= 0xBB67_AE85
    }
    return c
  }

  /// What a draw is for. Streams never share a counter: the stream is the counter's last word.
  public enum Stream: UInt32, Sendable {
    case initialisation = 1
    case shuffle = 2
    case dropout = 3
    case simulation = 4
    case split = 5
  }
}

/// A sequential generator over one Philox stream, for code that wants "the next number".
///
/// The counter is (block number, `a`, `b`, stream): two sequences with another `a`, `b` or stream
/// never meet.
public struct PhiloxSequence: RandomNumberGenerator, Sendable {
  let philox: Philox
  var counter: SIMD4<UInt32>
  var words = SIMD4<UInt32>()
  var used = 4

  public init(seed: UInt64, stream: Philox.Stream, a: UInt32 = 0, b: UInt32 = 0) {
    philox = Philox(seed: seed)
    counter = SIMD4(0, a, b, stream.rawValue)
  }

  public mutating func nextWord() -> UInt32 {
    if used == 4 {
      words = philox.block(counter)
      counter.x &+= 1
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return UInt64(nextWord()) << 32 | low
  }

  /// Uniform in [0, 1) with 24 bits.
  public mutating func nextUniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

  /// Uniform in 0..<bound without bias (Lemire, "Fast random integer generation in an interval",
  /// 2019).
  public mutating func nextIndex(below bound: UInt32) -> UInt32 {
    var product = UInt64(nextWord()) &* UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextWord()) &* UInt64(bound)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }
}
