/// A 64-bit hash of bytes, the same on every machine of the same byte order: tells datasets, weights
/// and checkpoints apart. Not for adversaries.
///
/// Four lanes of xor-multiply-rotate over 64-bit words, so that a gigabyte takes a fraction of a
/// second; the lanes and the length are mixed at the end with SplitMix64's finalizer (Steele, Lea
/// and Flood, "Fast splittable pseudorandom number generators", 2014).
public struct Fingerprint: Sendable {
  private var lanes = SIMD4<UInt64>(
    0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB, 0xD6E8_FEB8_6659_FD93)
  private var length: UInt64 = 0

  public init() {}

  /// Adds bytes; one call's bytes are padded with zeros to whole blocks of 32, so that how the
  /// input is cut into calls matters.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
    let whole = bytes.count / 32 * 32
    for offset in stride(from: 0, to: whole, by: 32) {
      a = Self.mix(a, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      b = Self.mix(b, bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
      c = Self.mix(c, bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
      d = Self.mix(d, bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
    }
    if whole < bytes.count {
      var rest = SIMD4<UInt64>()
      withUnsafeMutableBytes(of: &rest) {
        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[whole...]))
      }
      (a, b) = (Self.mix(a, rest[0]), Self.mix(b, rest[1]))
      (c, d) = (Self.mix(c, rest[2]), Self.mix(d, rest[3]))
    }
    lanes = SIMD4(a, b, c, d)
  }

  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  public mutating func add(_ values: [Float]) { values.withUnsafeBytes { add($0) } }

  public var value: UInt64 {
    var hash = length
    for lane in 0..<4 { hash = Self.finish(hash ^ Self.finish(lanes[lane])) }
    return hash
  }

  private static func mix(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let product = (lane ^ word) &* 0x9E37_79B9_7F4A_7C15
    return product << 29 | product >> 35
  }

  private static func finish(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

extension Fingerprint {
  /// The value as 16 hexadecimal digits.
  public var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
