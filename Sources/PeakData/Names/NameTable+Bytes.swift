import Support

extension NameTable {
  /// The names from an index on, for another process.
  func write(from first: Int, to writer: inout ByteWriter) {
    let names = all[first...]
    writer.write(names.map { Int32($0.utf8.count) })
    var texts: [UInt8] = []
    for name in names { texts.append(contentsOf: name.utf8) }
    writer.write(texts)
  }

  /// Adds the names that `write` wrote.
  /// - Returns: their indices here.
  /// - Throws: `Failure(.internalError)` for other bytes.
  mutating func add(from reader: inout ByteReader) throws -> [Int32] {
    let lengths = try reader.readArray(Int32.self)
    let texts = try reader.readArray(UInt8.self)
    guard lengths.allSatisfy({ $0 >= 0 }), lengths.reduce(0, { $0 + Int($1) }) == texts.count else {
      throw Failure(.internalError, "bytes from another rank hold no names")
    }
    return texts.withUnsafeBufferPointer { texts in
      var start = 0
      return lengths.map { length in
        let text = UnsafeBufferPointer(rebasing: texts[start..<(start + Int(length))])
        start += Int(length)
        return Int32(find(cell: text) ?? index(of: String(decoding: text, as: UTF8.self)))
      }
    }
  }
}
