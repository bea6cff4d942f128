import CKernels

/// The matrix products of some computing, to be made again by themselves: what BLAS alone takes of it.
///
/// They work on the memory that they were recorded with, which must still be there; results in it are
/// overwritten.
public struct RecordedProducts {
  private let products: [ck_product]

  /// Records the products that `body` makes on this thread.
  /// - Parameter room: for so many; the others are left out, and `isWhole` is false.
  public init(room: Int = 1 << 16, _ body: () throws -> Void) rethrows {
    let notes = UnsafeMutablePointer<ck_product>.allocate(capacity: room)
    defer { notes.deallocate() }
    _ = ck_note_products(notes, room)
    var made = 0
    do {
      defer { made = ck_note_products(nil, 0) }
      try body()
    }
    isWhole = made <= room
    products = Array(UnsafeBufferPointer(start: notes, count: min(made, room)))
  }

  public let isWhole: Bool
  public var count: Int { products.count }

  /// Multiplications and additions: 2 m n k for each.
  public var operations: Double {
    products.reduce(0) { $0 + 2 * Double($1.m) * Double($1.n) * Double($1.k) }
  }

  /// Makes them all again, in order.
  /// - Parameter byBLIS: also those that tiles would make on this processor.
  public func run(byBLIS: Bool = false) {
    ck_repeat_products(products, products.count, byBLIS ? 1 : 0)
  }
}
