import Support
import Testing

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, where checksums are shown as bytes in the order in which they are sent; and
  /// the check value of "CRC-32/ISCSI" in catalogues.
  @Test func knownAnswers() {
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(0..<32 as Range<UInt8>) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32 as Range<UInt8>).reversed()) == 0x113F_DB5C)
    let read: [UInt8] =
      [0x01, 0xC0] + [UInt8](repeating: 0, count: 14) + [0x14, 0, 0, 0, 0, 0, 0x04, 0]
      + [0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28] + [UInt8](repeating: 0, count: 7) + [0x02]
      + [UInt8](repeating: 0, count: 7)
    #expect(read.count == 48)
    #expect(CRC32C.checksum(read) == 0xD996_3A56)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }
}
