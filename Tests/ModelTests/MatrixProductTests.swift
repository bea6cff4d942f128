import CKernels
import Testing

/// `ck_sgemm` on the strides that the layers use, against sums in double precision: by tiles of each width that
/// the processor has, and by BLIS.
@Suite("Matrix products") struct MatrixProductTests {
  /// A product whose operands lie in memory as the layers' do.
  struct Shape: CustomTestStringConvertible, Sendable {
    var name: String
    var m: Int
    var n: Int
    var k: Int
    var aRow: Int
    var aColumn: Int
    var bRow: Int
    var bColumn: Int
    var cRow: Int
    var testDescription: String { "\(name): \(m) × \(n) × \(k)" }

    static let all = [
      // A convolution over overlapping rows; its kernel's gradient; a first layer with few channels.
      Shape(
        name: "patches", m: 201, n: 64, k: 192, aRow: 64, aColumn: 1, bRow: 64, bColumn: 1,
        cRow: 64),
      Shape(
        name: "patches, transposed", m: 192, n: 128, k: 201, aRow: 1, aColumn: 64, bRow: 128,
        bColumn: 1, cRow: 128),
      Shape(
        name: "one channel", m: 130, n: 32, k: 6, aRow: 2, aColumn: 1, bRow: 32, bColumn: 1,
        cRow: 32),
      // A Dense layer, some of its rows, and its gradients.
      Shape(
        name: "rows", m: 32, n: 128, k: 960, aRow: 7680, aColumn: 1, bRow: 128, bColumn: 1,
        cRow: 128),
      Shape(
        name: "kernel gradient", m: 257, n: 128, k: 33, aRow: 1, aColumn: 7680, bRow: 128,
        bColumn: 1, cRow: 128),
      Shape(
        name: "input gradient", m: 77, n: 200, k: 128, aRow: 128, aColumn: 1, bRow: 1,
        bColumn: 128, cRow: 7680),
      // Every remainder of rows and of columns, and more columns than are packed at a time.
      Shape(
        name: "wide", m: 7, n: 656, k: 97, aRow: 97, aColumn: 1, bRow: 656, bColumn: 1, cRow: 656),
      Shape(
        name: "classes", m: 32, n: 3, k: 128, aRow: 128, aColumn: 1, bRow: 3, bColumn: 1, cRow: 3),
      Shape(
        name: "17 columns", m: 19, n: 17, k: 40, aRow: 40, aColumn: 1, bRow: 17, bColumn: 1,
        cRow: 17),
      Shape(
        name: "few samples", m: 5, n: 96, k: 64, aRow: 64, aColumn: 1, bRow: 1, bColumn: 64,
        cRow: 96),
    ]
  }

  @Test(arguments: Shape.all, [Float(0), 1]) func isTheSum(shape: Shape, beta: Float) {
    let widest = ck_tile_width()
    defer { ck_limit_tiles(widest) }
    for width: Int32 in [16, 8, 0] where width <= widest {
      ck_limit_tiles(width)
      for rows in [shape.m, 1, 2, 3, 4, 5, 6] {
        check(shape, rows: rows, beta: beta, "width \(width)")
      }
    }
  }

  /// By tiles a row of the result has the same bits whatever rows are computed with it, and wherever it lies: a
  /// sharded step between hosts computes samples as they come.
  @Test(arguments: Shape.all, [Float(0), 1])
  func rowsDoNotDependOnTheirPlace(shape: Shape, beta: Float) {
    let widest = ck_tile_width()
    defer { ck_limit_tiles(widest) }
    let a = Self.numbers((shape.m - 1) * shape.aRow + (shape.k - 1) * shape.aColumn + 1, seed: 1)
    let b = Self.numbers((shape.k - 1) * shape.bRow + (shape.n - 1) * shape.bColumn + 1, seed: 2)
    let before = Self.numbers((shape.m - 1) * shape.cRow + shape.n, seed: 3)
    func product(_ rows: Range<Int>, _ c: inout [Float]) {
      a.withUnsafeBufferPointer { a in
        c.withUnsafeMutableBufferPointer { c in
          guard let x = a.baseAddress, let y = c.baseAddress else { return }
          ck_sgemm(
            rows.count, shape.n, shape.k, x + rows.lowerBound * shape.aRow, shape.aRow,
            shape.aColumn, b, shape.bRow, shape.bColumn, beta, y + rows.lowerBound * shape.cRow,
            shape.cRow, 1)
        }
      }
    }
    for width: Int32 in [16, 8] where width <= widest {
      ck_limit_tiles(width)
      var whole = before
      product(0..<shape.m, &whole)
      for part in [1, 2, 3, 5, 6, 8, 13, 16] {
        var parts = before
        for first in stride(from: 0, to: shape.m, by: part) {
          product(first..<min(first + part, shape.m), &parts)
        }
        let differing = zip(parts, whole).count { $0.bitPattern != $1.bitPattern }
        #expect(differing == 0, "width \(width), \(part) rows")
      }
    }
  }

  private func check(_ shape: Shape, rows: Int, beta: Float, _ width: String) {
    let a = Self.numbers((rows - 1) * shape.aRow + (shape.k - 1) * shape.aColumn + 1, seed: 1)
    let b = Self.numbers((shape.k - 1) * shape.bRow + (shape.n - 1) * shape.bColumn + 1, seed: 2)
    let before = Self.numbers((rows - 1) * shape.cRow + shape.n + 3, seed: 3)
    var c = before
    ck_sgemm(
      rows, shape.n, shape.k, a, shape.aRow, shape.aColumn, b, shape.bRow, shape.bColumn, beta, &c,
      shape.cRow, 1)
    var expected = before
    var largest = 0.0
    for i in 0..<rows {
      for j in 0..<shape.n {
        var sum = beta == 0 ? 0 : Double(before[i * shape.cRow + j])
        for p in 0..<shape.k {
          sum +=
            Double(a[i * shape.aRow + p * shape.aColumn])
            * Double(b[p * shape.bRow + j * shape.bColumn])
        }
        expected[i * shape.cRow + j] = c[i * shape.cRow + j]
        largest = max(largest, abs(sum - Double(c[i * shape.cRow + j])))
      }
    }
    // Numbers within ± 0.5: a sum of k products is within ± k / 4.
    #expect(largest < 1e-6 * Double(shape.k), "\(shape), \(rows) rows, \(width): \(largest)")
    #expect(c == expected, "\(shape), \(rows) rows, \(width): something else was overwritten")
  }

  /// Between −0.5 and 0.5.
  private static func numbers(_ count: Int, seed: UInt32) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24) - 0.5
    }
  }

  /// What BLAS alone takes of a step: the products in their order, once each.
  @Test func notedProductsAreMadeAgain() {
    let a: [Float] = [1, 2, 3, 4]
    var c: [Float] = [0, 0, 0, 0]
    var notes = Array(repeating: ck_product(), count: 2)
    a.withUnsafeBufferPointer { a in
      c.withUnsafeMutableBufferPointer { c in
        notes.withUnsafeMutableBufferPointer { notes in
          _ = ck_note_products(notes.baseAddress, 2)
          let (x, y) = (a.baseAddress, c.baseAddress)
          ck_sgemm(2, 2, 2, x, 2, 1, x, 2, 1, 0, y, 2, 1)
          ck_sgemm(1, 2, 2, x, 2, 1, x, 2, 1, 1, y, 2, 1)
          #expect(ck_note_products(nil, 0) == 2)
          #expect(Array(c) == [14, 20, 15, 22])
          for byBLIS: Int32 in [0, 1] {
            c.update(repeating: -1)
            ck_repeat_products(notes.baseAddress, 2, byBLIS)
            #expect(Array(c) == [14, 20, 15, 22])
          }
        }
      }
    }
  }
}
