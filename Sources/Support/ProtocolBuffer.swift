/// Encodes Protocol Buffers: fields of a message one after another, each a tag (number and wire
/// type) and its value. See "Encoding" in the Protocol Buffers documentation.
///
/// Only what the few messages of ONNX and TensorBoard need: integers, floats, strings, bytes and messages.
public struct ProtocolBuffer {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Wire type 0, for any integer or enumeration.
  public mutating func add(_ field: Int, _ value: Int) {
    addVarint(UInt64(field << 3))
    addVarint(UInt64(bitPattern: Int64(value)))
  }

  /// Wire type 1: a 64-bit float.
  public mutating func add(_ field: Int, _ value: Double) {
    addVarint(UInt64(field << 3 | 1))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Wire type 5: a 32-bit float.
  public mutating func add(_ field: Int, _ value: Float) {
    addVarint(UInt64(field << 3 | 5))
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Wire type 2: a length and that many bytes.
  public mutating func add(_ field: Int, _ contents: [UInt8]) {
    addVarint(UInt64(field << 3 | 2))
    addVarint(UInt64(contents.count))
    bytes += contents
  }

  public mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  public mutating func add(_ field: Int, _ message: ProtocolBuffer) { add(field, message.bytes) }

  /// A message that `body` fills.
  public static func message(_ body: (inout ProtocolBuffer) -> Void) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    body(&message)
    return message
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func addVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
