/// Reads what `ByteWriter` wrote, in the same order.
public struct ByteReader {
  private let bytes: ArraySlice<UInt8>
  private var position = 0

  public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// How many bytes are left.
  public var rest: Int { bytes.count - position }

  /// - Throws: `Failure(.internalError)` where fewer bytes are left than `Value` has; so do all.
  public mutating func read<Value: BitwiseCopyable>(_: Value.Type = Value.self) throws -> Value {
    let count = MemoryLayout<Value>.size
    let start = try advance(count, of: 1)
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Value.self) }
  }

  public mutating func readArray<Value: BitwiseCopyable>(
    _: Value.Type = Value.self
  ) throws -> [Value] {
    let count = Int(try read(Int64.self))
    let start = try advance(count, of: MemoryLayout<Value>.stride)
    return [Value](unsafeUninitializedCapacity: count) { buffer, filled in
      let length = count * MemoryLayout<Value>.stride
      bytes.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + length)]))
      }
      filled = count
    }
  }

  /// An array's bytes where they are, without a copy.
  public mutating func readBytes<Value: BitwiseCopyable>(
    of _: Value.Type
  ) throws -> ArraySlice<UInt8> {
    let count = Int(try read(Int64.self))
    let start = bytes.startIndex + (try advance(count, of: MemoryLayout<Value>.stride))
    return bytes[start..<(start + count * MemoryLayout<Value>.stride)]
  }

  public mutating func readString() throws -> String {
    String(decoding: try readArray(UInt8.self), as: UTF8.self)
  }

  public mutating func readOptionalString() throws -> String? {
    try read(Bool.self) ? try readString() : nil
  }

  public mutating func readFailure() throws -> Failure {
    let code = Failure.Code(rawValue: try read(Int32.self)) ?? .internalError
    return Failure(
      code, try readString(), at: try readOptionalString(), expected: try readOptionalString(),
      found: try readOptionalString(), hint: try readOptionalString())
  }

  /// All bytes that are left.
  public mutating func readRest() -> [UInt8] {
    defer { position = bytes.count }
    return Array(bytes.dropFirst(position))
  }

  /// Goes `count` values of `stride` bytes on; where it was.
  private mutating func advance(_ count: Int, of stride: Int) throws -> Int {
    guard count >= 0, count <= rest / max(stride, 1) else {
      throw Failure(
        .internalError, "bytes from another rank end early", at: "byte \(position)",
        expected: "\(count) × \(stride) bytes", found: "\(rest)")
    }
    defer { position += count * stride }
    return position
  }
}
