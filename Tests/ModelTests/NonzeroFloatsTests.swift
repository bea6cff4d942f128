import CKernels
import Foundation
import Model
import Testing

/// What a sharded step sends of features and their gradient, beside Swift's own filtering.
@Suite struct NonzeroFloatsTests {
  /// Zeros of both signs, numbers of all kinds, and a length that fills no whole word.
  static func row(_ count: Int, zeros: Int) -> [Float] {
    var generator = SystemRandomNumberGenerator()
    let odd: [Float] = [-0.0, .leastNonzeroMagnitude, .infinity, -1, .greatestFiniteMagnitude]
    return (0..<count).map { index in
      index % 7 == 3
        ? odd[index / 7 % odd.count]
        : Int.random(in: 0..<10, using: &generator) < zeros
          ? 0 : Float.random(in: -2...2, using: &generator)
    }
  }

  static let cases = [0, 1, 15, 16, 17, 31, 32, 33, 960, 1001].flatMap { count in
    [0, 5, 10].map { (count, $0) }
  }

  @Test(arguments: cases, [true, false])
  func givesBackTheRow(of size: (count: Int, zeros: Int), plain: Bool) {
    ck_limit_packing(plain ? 1 : 0)
    defer { ck_limit_packing(0) }
    let (count, zeros) = size
    let row = Self.row(count, zeros: zeros)
    var mask = [UInt32](repeating: .max, count: NonzeroFloats.words(count))
    var packed = [Float](repeating: .nan, count: count)
    let sent = NonzeroFloats.pack(row, count: count, half: false, mask: &mask, into: &packed)
    #expect(
      packed[..<sent].map(\.bitPattern) == row.map(\.bitPattern).filter { $0 != 0 })
    #expect(mask.reduce(0) { $0 + $1.nonzeroBitCount } == sent)
    var back = [Float](repeating: .nan, count: count)
    let read = NonzeroFloats.unpack(packed, mask: mask, count: count, half: false, into: &back)
    #expect(read == sent)
    #expect(back.map(\.bitPattern) == row.map(\.bitPattern))
  }

  @Test(arguments: cases, [true, false])
  func gradientsGoWhereFeaturesAre(of size: (count: Int, zeros: Int), plain: Bool) {
    ck_limit_packing(plain ? 1 : 0)
    defer { ck_limit_packing(0) }
    let (count, zeros) = size
    let features = Self.row(count, zeros: zeros)
    let gradient = Self.row(count, zeros: 2)
    var packed = [Float](repeating: .nan, count: count)
    let sent = NonzeroFloats.pack(
      gradient, where: features, count: count, half: false, into: &packed)
    #expect(sent == features.count { $0.bitPattern != 0 })
    var back = [Float](repeating: .nan, count: count)
    _ = NonzeroFloats.unpack(packed, where: features, count: count, half: false, into: &back)
    let expected = zip(features, gradient).map { $0.bitPattern == 0 ? 0 : $1.bitPattern }
    #expect(back.map(\.bitPattern) == expected)
  }

  @Test(arguments: cases, [true, false])
  func halvesLoseNothingOfRoundedNumbers(of size: (count: Int, zeros: Int), plain: Bool) {
    ck_limit_packing(plain ? 1 : 0)
    defer { ck_limit_packing(0) }
    let (count, zeros) = size
    var row = Self.row(count, zeros: zeros)
    let before = row
    BFloat16.roundToNonzero(&row, count: count)
    #expect(zip(row, before).allSatisfy { ($0 == 0) == ($1 == 0) }, "no number became zero")
    var mask = [UInt32](repeating: 0, count: NonzeroFloats.words(count))
    var packed = [UInt16](repeating: 0, count: count)
    let sent = NonzeroFloats.pack(row, count: count, half: true, mask: &mask, into: &packed)
    var back = [Float](repeating: .nan, count: count)
    let read = NonzeroFloats.unpack(packed, mask: mask, count: count, half: true, into: &back)
    #expect(read == sent)
    #expect(back.map(\.bitPattern) == row.map(\.bitPattern))
  }

  /// But for what would become zero it rounds as `round`, which is compared with TensorFlow's.
  @Test func roundsAsUsual() {
    let row = (0..<4000).map { Float(bitPattern: UInt32($0) &* 1_073_741) }.filter { !$0.isNaN }
    var (usual, nonzero) = (row, row)
    BFloat16.round(&usual, count: row.count)
    BFloat16.roundToNonzero(&nonzero, count: row.count)
    for ((value, usual), nonzero) in zip(zip(row, usual), nonzero) {
      if usual == 0 && value != 0 {
        #expect(nonzero.bitPattern & 0x7FFF_FFFF == 0x1_0000 && nonzero.sign == value.sign)
      } else {
        #expect(usual.bitPattern == nonzero.bitPattern)
      }
    }
  }
}
