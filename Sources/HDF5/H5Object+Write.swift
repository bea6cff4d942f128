import CHDF5
import Support

extension H5Object where Self: ~Copyable {
  /// Writes a string attribute, of variable length.
  /// - Parameter ascii: marks it as ASCII, as h5py does for `bytes`; else UTF-8.
  public func set(attribute name: String, _ text: String, ascii: Bool = false) throws {
    try write(name, rank: 0, [text], ascii)
  }

  /// Writes an array of strings, of variable length.
  public func set(attribute name: String, _ texts: [String], ascii: Bool = false) throws {
    try write(name, rank: 1, texts, ascii)
  }

  /// Writes a number attribute.
  public func set<T: H5Element>(attribute name: String, _ value: T) throws {
    try write(name, rank: 0, [value])
  }

  /// Writes an array of numbers.
  public func set<T: H5Element>(attribute name: String, _ values: [T]) throws {
    try write(name, rank: 1, values)
  }

  /// Writes a boolean as h5py does.
  public func set(attribute name: String, _ value: Bool) throws {
    let id = id
    try Library.check("cannot be written", at: attributePlace(name), .inputOutput) {
      chdf5_attribute_write_bool(id, name, value ? 1 : 0)
    }
  }

  private func write<T: H5Element>(_ name: String, rank: Int32, _ values: [T]) throws {
    let id = id
    try Library.check("cannot be written", at: attributePlace(name), .inputOutput) {
      chdf5_attribute_write(id, name, T.shimType, rank, UInt64(values.count), values)
    }
  }

  private func write(_ name: String, rank: Int32, _ texts: [String], _ ascii: Bool) throws {
    let id = id
    try withCStrings(texts) { strings in
      try Library.check("cannot be written", at: attributePlace(name), .inputOutput) {
        chdf5_attribute_write_strings(
          id, name, rank, UInt64(texts.count), strings, ascii ? 0 : 1)
      }
    }
  }
}

/// Zero-terminated copies of strings for the time of `body`.
@discardableResult
func withCStrings<R>(
  _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> R
) rethrows -> R {
  var packed: [CChar] = []
  var starts: [Int] = []
  packed.reserveCapacity(texts.reduce(1) { $0 + $1.utf8.count + 1 })
  starts.reserveCapacity(texts.count)
  for var text in texts {
    starts.append(packed.count)
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { packed.append(contentsOf: $0) }
    }
    packed.append(0)
  }
  packed.append(0)
  return try packed.withUnsafeBufferPointer { bytes in
    var pointers: [UnsafePointer<CChar>?] = starts.map { bytes.baseAddress?.advanced(by: $0) }
    pointers.append(nil)
    return try pointers.withUnsafeBufferPointer { list in
      guard let first = list.baseAddress else { preconditionFailure("never empty") }
      return try body(first)
    }
  }
}
