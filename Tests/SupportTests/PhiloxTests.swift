import Support
import Testing

@Suite struct PhiloxTests {
  /// The known answers published with Random123 (kat_vectors, philox4x32-10).
  @Test func knownAnswers() {
    let zero = Philox(key: SIMD2(0, 0)).block(SIMD4(0, 0, 0, 0))
    #expect(zero == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = Philox(key: SIMD2(repeating: .max)).block(SIMD4(repeating: .max))
    #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = Philox(key: SIMD2(0xa409_3822, 0x299f_31d0))
      .block(SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344))
    #expect(pi == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func sequencesAreBlocksInOrderAndStreamsDiffer() {
    var sequence = PhiloxSequence(seed: 0x1_0000_0002, stream: .shuffle, a: 3, b: 4)
    let philox = Philox(key: SIMD2(2, 1))
    for block in 0..<3 as Range<UInt32> {
      let expected = philox.block(SIMD4(block, 3, 4, Philox.Stream.shuffle.rawValue))
      for place in 0..<4 { #expect(sequence.nextWord() == expected[place]) }
    }
    var other = PhiloxSequence(seed: 0x1_0000_0002, stream: .split, a: 3, b: 4)
    var again = PhiloxSequence(seed: 0x1_0000_0002, stream: .shuffle, a: 3, b: 4)
    #expect(other.next() != again.next())
  }

  /// Each of 7 values within six standard deviations of its share of 70,000 draws.
  @Test func indicesAreUniform() {
    var sequence = PhiloxSequence(seed: 1, stream: .simulation)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(sequence.nextIndex(below: 7))] += 1 }
    for count in counts { #expect(abs(count - 10_000) < 556) }
  }
}
