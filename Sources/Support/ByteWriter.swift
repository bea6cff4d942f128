/// Writes values one after another into bytes that travel between ranks of one program: in the
/// machine's byte order, without names or padding.
public struct ByteWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  /// A number or another plain value.
  public mutating func write<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// The count, then the values.
  public mutating func write<Value: BitwiseCopyable>(_ values: [Value]) {
    write(Int64(values.count))
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  public mutating func write(_ text: String) { write(Array(text.utf8)) }

  public mutating func write(_ text: String?) {
    write(text != nil)
    if let text { write(text) }
  }

  public mutating func write(_ failure: Failure) {
    write(failure.code.rawValue)
    write(failure.what)
    for part in [failure.place, failure.expected, failure.found, failure.hint] { write(part) }
  }
}
