import CKernels
import Support
import Testing

/// The short passes of a step, judged by plain loops.
@Suite("Short passes over memory")
struct SmallKernelTests {
  /// Numbers from -1 to 1, with zeros and NaN among them.
  private func numbers(_ count: Int) -> [Float] {
    var random = PhiloxSequence(seed: 11, stream: .simulation)
    return (0..<count).map { index in
      index % 13 == 5 ? 0 : index % 29 == 7 ? .nan : 2 * random.nextUniform() - 1
    }
  }

  /// `PhiloxTests` compares `Philox` with its authors' known answers.
  @Test(arguments: [1, 3, 4, 63, 64, 65, 128, 130, 7680], [Float(0.1), 0.5, 0.999])
  func dropoutMaskIsOfPhilox(units: Int, rate: Float) {
    let philox = Philox(seed: 0xFEDC_BA98_7654_3210)
    let counter: (UInt32, UInt32, UInt32) = (4_294_967_290, 17, 0x503)
    var scales = [Float](repeating: -1, count: units + 1)
    ck_dropout_scales(
      &scales, units, ck_dropout_key(key: (philox.key.x, philox.key.y), counter: counter), rate, 2.5
    )
    for unit in 0..<units {
      let words = philox.block(SIMD4(UInt32(unit / 4), counter.0, counter.1, counter.2))
      let number = Float(words[unit % 4] >> 8) * 0x1p-24
      #expect(scales[unit] == (number >= rate ? 2.5 : 0), "unit \(unit)")
    }
    #expect(scales[units] == -1)
  }

  @Test(arguments: [(1, 1), (64, 128), (16, 16), (17, 33), (3, 100), (100, 3)])
  func transpose(rows: Int, columns: Int) {
    let a = numbers(rows * columns)
    var b = [Float](repeating: -7, count: rows * columns + 1)
    ck_transpose(a, rows, columns, &b)
    for row in 0..<rows {
      for column in 0..<columns {
        #expect(
          b[column * rows + row].bitPattern == a[row * columns + column].bitPattern)
      }
    }
    #expect(b[rows * columns] == -7)
  }

  @Test(arguments: [0, 1, 15, 16, 100])
  func reluStopsTheGradientWhereItsOutputIsNotAbove(count: Int) {
    let y = numbers(count)
    let before = numbers(count + 3).dropFirst(3).map { $0 * 3 }
    var d = before + [9]
    ck_relu_backward(&d, y, count)
    for index in 0..<count {
      #expect(d[index].bitPattern == (y[index] <= 0 ? 0 : before[index]).bitPattern)
    }
    #expect(d[count] == 9)
  }
}
