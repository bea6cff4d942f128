import Support

extension ZipArchive {
  /// More entries than any `.keras` file has: of a model, three.
  private static let entryLimit = 1000

  /// Reads the central directory, which the record at the file's end points at.
  func readDirectory() throws -> [Entry] {
    let end = try endRecord()
    let (count, size, start) = (end.half(10), end.word(12), end.word(16))
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      throw Failure(
        .badData, "is a zip file of more than 4 GB", at: path, expected: "a Keras model (.keras)")
    }
    guard count <= Self.entryLimit else {
      throw Failure(
        .badData, "is not a Keras model (.keras)", at: path,
        expected: "at most \(Self.entryLimit) entries in the zip file", found: "\(count)")
    }
    let bytes = LittleEndian(try read(at: start, count: size))
    var entries: [Entry] = []
    var next = 0
    for _ in 0..<count {
      guard next + 46 <= size, bytes.word(next) == 0x0201_4B50 else {
        throw damaged("its list of entries")
      }
      let nameLength = bytes.half(next + 28)
      let length = 46 + nameLength + bytes.half(next + 30) + bytes.half(next + 32)
      guard next + length <= size else { throw damaged("its list of entries") }
      entries.append(entry(bytes, at: next, nameLength))
      next += length
    }
    return entries
  }

  private func entry(_ bytes: LittleEndian, at start: Int, _ nameLength: Int) -> Entry {
    Entry(
      name: bytes.text(start + 46, nameLength), isEncrypted: bytes.half(start + 8) & 1 == 1,
      method: bytes.half(start + 10), crc: UInt32(bytes.word(start + 16)),
      packedSize: bytes.word(start + 20), size: bytes.word(start + 24),
      offset: bytes.word(start + 42))
  }

  /// The end of central directory record: 22 bytes, and a comment of at most 65,535 after it.
  func endRecord() throws -> LittleEndian {
    let window = min(fileLength, 22 + 0xFFFF)
    let tail = LittleEndian(try read(at: fileLength - window, count: window))
    var start = window - 22
    while start >= 0 {
      if tail.word(start) == 0x0605_4B50, start + 22 + tail.half(start + 20) <= window {
        return LittleEndian(Array(tail.bytes[start..<(start + 22)]))
      }
      start -= 1
    }
    throw damaged("no list of entries at its end")
  }
}

/// Numbers of two and four bytes, lowest first. Positions are the caller's to check.
struct LittleEndian {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func half(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
  func word(_ at: Int) -> Int { half(at) | half(at + 2) << 16 }
  func text(_ at: Int, _ count: Int) -> String {
    String(decoding: bytes[at..<(at + count)], as: UTF8.self)
  }
}
