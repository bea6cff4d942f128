import Foundation

/// Floats in memory of their own, aligned to 64 bytes and zeroed: one cache line never holds two
/// buffers, and vector loads never straddle lines. Frees itself.
///
/// Of large buffers, only what is used takes memory.
///
/// Not `Sendable`: one thread a rank uses it.
public final class AlignedBuffer {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutableRawPointer
  /// Floats of a cache line.
  private static let line = 16

  public init(count: Int) {
    self.count = count
    let floats = (max(count, 1) + Self.line - 1) / Self.line * Self.line
    // calloc leaves pages alone that the system gives zeroed.
    guard let memory = calloc(floats + Self.line, MemoryLayout<Float>.stride) else {
      Self.end(count)
    }
    self.memory = memory
    pointer = memory.alignedUp(toMultipleOf: Self.line * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self, capacity: floats)
  }

  public convenience init(copying values: some Collection<Float>) {
    self.init(count: values.count)
    var next = pointer
    for value in values {
      next.pointee = value
      next += 1
    }
  }

  /// Nothing can go on without it, least of all in the middle of a step.
  private static func end(_ count: Int) -> Never {
    let message =
      "Error: there is no memory for \(count) numbers: use a smaller --batch-size, or more hosts\n"
    FileHandle.standardError.write(Data(message.utf8))
    exit(Failure.Code.internalError.rawValue)
  }

  deinit { free(memory) }

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
