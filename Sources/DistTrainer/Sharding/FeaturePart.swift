import Model
import Support

/// Some pieces' columns of a rank: what one message of a `FeatureMessages` carries, forward or back.
struct FeaturePart {
  let pieces: Range<Int>
  let columns: Range<Int>
  let wire: Wire
  /// Whether only what is not zero is sent: a bit for each feature and the features, forward; the gradient of
  /// these, back. Both sides know by then which these are.
  let isSparse: Bool
  let packed: UnsafeMutableRawPointer

  /// The most bytes of a message.
  static func bytes(
    pieces: Range<Int>, columns: Range<Int>, wire: Wire, isSparse: Bool
  ) -> Int {
    let words = isSparse ? NonzeroFloats.words(columns.count) : 0
    return pieces.count * (words * MemoryLayout<UInt32>.stride + columns.count * wire.bytes)
  }

  /// Of the features or, where `features` are given, of their gradient.
  /// - Returns: the bytes of the message.
  func pack(
    from matrix: UnsafePointer<Float>, gradientOf features: UnsafePointer<Float>? = nil, row: Int
  ) -> Int {
    guard isSparse else {
      for (place, piece) in pieces.enumerated() {
        copy(matrix + piece * row + columns.lowerBound, to: place * columns.count)
      }
      return pieces.count * columns.count * wire.bytes
    }
    var (mask, next) = start(forward: features == nil)
    for piece in pieces {
      let first = piece * row + columns.lowerBound
      let count =
        if let features {
          NonzeroFloats.pack(
            matrix + first, where: features + first, count: columns.count, half: isHalf, into: next)
        } else {
          NonzeroFloats.pack(
            matrix + first, count: columns.count, half: isHalf, mask: mask, into: next)
        }
      mask += words
      next += count * wire.bytes
    }
    return next - packed
  }

  /// The mirror image.
  func unpack(
    into matrix: UnsafeMutablePointer<Float>, gradientOf features: UnsafePointer<Float>? = nil,
    row: Int
  ) {
    guard isSparse else {
      for (place, piece) in pieces.enumerated() {
        copy(place * columns.count, to: matrix + piece * row + columns.lowerBound)
      }
      return
    }
    var (mask, next) = start(forward: features == nil)
    for piece in pieces {
      let first = piece * row + columns.lowerBound
      let count =
        if let features {
          NonzeroFloats.unpack(
            next, where: features + first, count: columns.count, half: isHalf, into: matrix + first)
        } else {
          NonzeroFloats.unpack(
            next, mask: mask, count: columns.count, half: isHalf, into: matrix + first)
        }
      mask += words
      next += count * wire.bytes
    }
  }

  private var isHalf: Bool { wire == .bf16 }
  private var words: Int { NonzeroFloats.words(columns.count) }

  /// Where the bits are, in front, and where the numbers begin.
  private func start(
    forward: Bool
  ) -> (mask: UnsafeMutablePointer<UInt32>, numbers: UnsafeMutableRawPointer) {
    let mask = packed.assumingMemoryBound(to: UInt32.self)
    return (mask, forward ? UnsafeMutableRawPointer(mask + pieces.count * words) : packed)
  }

  private func copy(_ floats: UnsafePointer<Float>, to place: Int) {
    switch wire {
    case .fp32: self.floats.advanced(by: place).update(from: floats, count: columns.count)
    case .bf16: BFloat16.pack(floats, into: halves + place, count: columns.count)
    }
  }

  private func copy(_ place: Int, to floats: UnsafeMutablePointer<Float>) {
    switch wire {
    case .fp32: floats.update(from: self.floats + place, count: columns.count)
    case .bf16: BFloat16.unpack(halves + place, into: floats, count: columns.count)
    }
  }

  private var floats: UnsafeMutablePointer<Float> { packed.assumingMemoryBound(to: Float.self) }
  private var halves: UnsafeMutablePointer<UInt16> { packed.assumingMemoryBound(to: UInt16.self) }
}
