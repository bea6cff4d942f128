import CInflate

/// Makes zip files of stored entries, as Keras's `.keras` are: the weights hardly shrink.
///
/// The times are those of 1980, the earliest that zip knows, so that the same entries give the same
/// bytes.
struct ZipWriter {
  private var local: [UInt8] = []
  private var central: [UInt8] = []
  private var count = 0

  /// Adds an entry.
  /// - Precondition: the archive stays below 4 GB.
  mutating func add(_ name: String, _ contents: [UInt8]) {
    let name = Array(name.utf8)
    let offset = local.count
    precondition(offset + contents.count < 0xFFFF_FFFF, "zip files end at 4 GB")
    var facts: [UInt8] = []
    // Version 2.0, no flags, stored, 1980-01-01 00:00, checksum, both sizes, lengths.
    for half in [20, 0, 0, 0, 0x21] { facts.appendHalf(half) }
    facts.appendWord(Int(cinflate_crc32(contents, contents.count)))
    facts.appendWord(contents.count)
    facts.appendWord(contents.count)
    facts.appendHalf(name.count)
    facts.appendHalf(0)
    local.appendWord(0x0403_4B50)
    local += facts + name + contents
    central.appendWord(0x0201_4B50)
    // Made by version 2.0 on Unix; then no comment, disk 0, and the rights rw-r--r--.
    central.appendHalf(20 | 3 << 8)
    central += facts
    for half in [0, 0, 0] { central.appendHalf(half) }
    central.appendWord(0o100644 << 16)
    central.appendWord(offset)
    central += name
    count += 1
  }

  /// The whole archive.
  func finish() -> [UInt8] {
    var end: [UInt8] = []
    end.appendWord(0x0605_4B50)
    for half in [0, 0, count, count] { end.appendHalf(half) }
    end.appendWord(central.count)
    end.appendWord(local.count)
    end.appendHalf(0)
    return local + central + end
  }
}

extension [UInt8] {
  fileprivate mutating func appendHalf(_ value: Int) {
    append(UInt8(truncatingIfNeeded: value))
    append(UInt8(truncatingIfNeeded: value >> 8))
  }

  fileprivate mutating func appendWord(_ value: Int) {
    appendHalf(value)
    appendHalf(value >> 16)
  }
}
