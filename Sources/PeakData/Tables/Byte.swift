/// What means something in a CSV file.
enum Byte {
  static let tab: UInt8 = 0x09
  static let space: UInt8 = 0x20
  static let quote: UInt8 = 0x22
  static let comma: UInt8 = 0x2C
  static let newline: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let semicolon: UInt8 = 0x3B

  /// Whether a byte ends a cell without quotes, or may not stand in one.
  @inline(__always)
  static func endsPlainCell(_ byte: UInt8) -> Bool {
    byte == comma || byte == newline || byte == carriageReturn || byte == quote
  }

  /// The highest bit of the first of eight bytes, the lowest first, that is at most a comma; bits
  /// above may be set, too. 64 trailing zeros where there is none.
  ///
  /// A byte of 0x80 or more keeps its own bit out of the answer; a borrow reaches only those above
  /// the first.
  @inline(__always)
  static func upToComma(in bytes: UInt64) -> UInt64 {
    let bytes = UInt64(littleEndian: bytes)
    return (bytes &- (UInt64(comma) + 1) &* 0x0101_0101_0101_0101) & ~bytes & 0x8080_8080_8080_8080
  }
}
