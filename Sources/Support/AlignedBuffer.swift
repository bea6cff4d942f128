/// Floats in memory of their own, aligned to 64 bytes and zeroed: one cache line never holds two
/// buffers, and vector loads never straddle lines. Frees itself.
///
/// Not `Sendable`: one thread a rank uses it.
public final class AlignedBuffer {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Float>

  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    pointer = raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
  }

  public convenience init(copying values: some Collection<Float>) {
    self.init(count: values.count)
    var next = pointer
    for value in values {
      next.pointee = value
      next += 1
    }
  }

  deinit { pointer.deallocate() }

  /// The whole buffer; valid while `self` lives.
  public var all: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  /// A part of the buffer; valid while `self` lives.
  public subscript(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return UnsafeMutableBufferPointer(start: pointer + range.lowerBound, count: range.count)
  }

  public func copy() -> AlignedBuffer {
    let other = AlignedBuffer(count: count)
    other.pointer.update(from: pointer, count: count)
    return other
  }

  public func assign(_ other: AlignedBuffer) {
    precondition(other.count == count)
    pointer.update(from: other.pointer, count: count)
  }

  public func fill(_ value: Float) { pointer.update(repeating: value, count: count) }
}
