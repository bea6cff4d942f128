import Glibc

/// Decimal numbers in table cells, read as pandas reads them.
///
/// NeatMS reads its tables with `pandas.read_csv`, whose parser (`precise_xstrtod`) adds up to 17
/// digits in a double and then divides or multiplies once by a power of ten. With up to 15
/// digits that is the nearest double; with 16 or 17 it can be the neighbour of the nearest. A bound
/// that differs in its last bit may include a scan or not, so that the same steps are done here.
enum DecimalNumber {
  /// 10⁰ … 10³⁰⁸, each the nearest double.
  private static let powers: [Double] = (0...308).map { strtod("1e\($0)", nil) }

  /// The number that the whole cell is, spaces around it allowed; nil when it is anything else, or
  /// too large for a double.
  static func parse(_ cell: UnsafeBufferPointer<UInt8>) -> Double? {
    var (p, end) = (0, cell.count)
    while p < end, cell[p] == 0x20 || cell[p] == 0x09 { p += 1 }
    while end > p, cell[end - 1] == 0x20 || cell[end - 1] == 0x09 { end -= 1 }
    guard p < end else { return nil }
    let isNegative = cell[p] == 0x2D
    if isNegative || cell[p] == 0x2B { p += 1 }
    guard let mantissa = Mantissa(cell, &p, end) else { return nil }
    var exponent = mantissa.exponent
    if p < end {
      guard let scale = scale(cell, &p, end), p == end else { return nil }
      exponent += scale
    }
    guard let value = scaled(mantissa.value, exponent), value.isFinite else { return nil }
    return isNegative ? -value : value
  }

  /// Half a unit of the last decimal that is written: 0.005 for `1.50`, 50 for `3e2`.
  static func rounding(_ cell: UnsafeBufferPointer<UInt8>) -> Double {
    var exponent = 0
    var isBehindPoint = false
    for (index, byte) in cell.enumerated() {
      if byte == 0x2E {
        isBehindPoint = true
      } else if byte | 0x20 == 0x65 {
        var p = index
        exponent += scale(cell, &p, cell.count) ?? 0
        break
      } else if isBehindPoint, byte &- 0x30 <= 9 {
        exponent -= 1
      }
    }
    return scaled(0.5, exponent) ?? .infinity
  }

  private static func scaled(_ value: Double, _ exponent: Int) -> Double? {
    if exponent == 0 || value == 0 { return value }
    if exponent < 0 {
      if exponent >= -308 { return value / powers[-exponent] }
      return exponent >= -616 ? value / powers[-308 - exponent] / powers[308] : 0
    }
    return exponent <= 308 ? value * powers[exponent] : nil
  }

  /// `e-05`: nil when it is not the whole of what is left.
  private static func scale(
    _ cell: UnsafeBufferPointer<UInt8>, _ p: inout Int, _ end: Int
  ) -> Int? {
    guard cell[p] | 0x20 == 0x65 else { return nil }
    p += 1
    guard p < end else { return nil }
    let isNegative = cell[p] == 0x2D
    if isNegative || cell[p] == 0x2B { p += 1 }
    let first = p
    var value = 0
    while p < end, cell[p] &- 0x30 <= 9 {
      value = min(value * 10 + Int(cell[p] &- 0x30), 100_000)
      p += 1
    }
    guard p > first else { return nil }
    return isNegative ? -value : value
  }

  /// The digits before any `e`: up to 17 of them as a double, and where the decimal point is.
  private struct Mantissa {
    var value: Double
    var exponent = 0

    @inline(__always)
    init?(_ cell: UnsafeBufferPointer<UInt8>, _ p: inout Int, _ end: Int) {
      // Fifteen digits are exact, in integers as in doubles.
      var exact: UInt64 = 0
      let first = p
      if let eight = eightDigits(cell, p, end) {
        exact = eight
        p += 8
      }
      while p < end, p < first + 15, cell[p] &- 0x30 <= 9 {
        exact = exact &* 10 &+ UInt64(cell[p] &- 0x30)
        p += 1
      }
      var digits = p - first
      var isBeforePoint = true
      if p < end, cell[p] == 0x2E {
        isBeforePoint = false
        p += 1
        let point = p
        if digits <= 7, let eight = eightDigits(cell, p, end) {
          exact = exact &* 100_000_000 &+ eight
          p += 8
        }
        while p < end, digits + (p - point) < 15, cell[p] &- 0x30 <= 9 {
          exact = exact &* 10 &+ UInt64(cell[p] &- 0x30)
          p += 1
        }
        exponent = point - p
        digits += p - point
      }
      guard digits > 0 else { return nil }
      value = Double(exact)
      if digits == 15 { addMoreDigits(cell, &p, end, isBeforePoint) }
    }

    /// Digits from the 16th on, of which those beyond the 17th are not looked at; those before the
    /// point still count as places.
    private mutating func addMoreDigits(
      _ cell: UnsafeBufferPointer<UInt8>, _ p: inout Int, _ end: Int, _ startsBeforePoint: Bool
    ) {
      var isBeforePoint = startsBeforePoint
      var digits = 15
      while p < end {
        let digit = cell[p] &- 0x30
        if digit <= 9 {
          if digits < 17 {
            value = value * 10 + Double(digit)
            if !isBeforePoint { exponent -= 1 }
          } else if isBeforePoint {
            exponent += 1
          }
          digits += 1
        } else if cell[p] == 0x2E, isBeforePoint {
          isBeforePoint = false
        } else {
          break
        }
        p += 1
      }
    }
  }
}

/// The number that the eight bytes at `p` are in decimal; nil where there are fewer before `end`, or
/// one of them is no digit.
///
/// Pairs of digits are joined, then pairs of pairs, then the two halves, each in one multiplication.
@inline(__always)
private func eightDigits(_ cell: UnsafeBufferPointer<UInt8>, _ p: Int, _ end: Int) -> UInt64? {
  guard p + 8 <= end else { return nil }
  let loaded = UnsafeRawBufferPointer(cell).loadUnaligned(fromByteOffset: p, as: UInt64.self)
  let digits = UInt64(littleEndian: loaded) ^ 0x3030_3030_3030_3030
  // A digit is below 10 now: adding 0x76 sets no byte's highest bit.
  guard (digits | (digits &+ 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 == 0 else {
    return nil
  }
  let pairs = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
  let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
  return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
}
