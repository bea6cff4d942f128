import CKernels
import Testing

/// Winograd's output, pooled in registers, beside the same output pooled by the pass that other convolutions use,
/// which is compared with Keras.
@Suite("Winograd's form") struct WinogradTests {
  @Test(arguments: [1, 2, 4], [0, 1]) func poolsAsTheOtherPassDoes(pool: Int, relu: Int) {
    for (height, channels, width) in [(2, 32, 60), (1, 5, 4), (3, 17, 12)] {
      let (samples, row) = (3, height * channels)
      let tiles = samples * width / 4
      var m = Self.numbers(6 * tiles * row)
      m[1] = .nan
      // Ties.
      for place in 0..<row { m[place + row] = m[place] }
      let bias = Self.numbers(channels)
      let live = (0..<(4 * tiles)).map { Float($0 % 5 == 3 ? 0 : 1) }
      let count = samples * (width / pool) * row
      // In Flatten's order, and as the next convolution's input.
      for (point, image) in [(channels, width / pool * channels), (row, channels)] {
        let points = ck_points(
          samples: samples, width: width, gap: 1, height: height, channels: channels, pool: pool,
          out_sample: width / pool * row, out_point: point, out_height: image, relu: Int32(relu))
        var z = [Float](repeating: 0, count: samples * (width + 1) * row)
        var outputs = [[Float]](repeating: Array(repeating: -1, count: count), count: 2)
        var masks = [[UInt8]](repeating: Array(repeating: 9, count: count), count: 2)
        ck_winograd_output(
          m, live, ck_tiling(first: 0, count: tiles, width: width, sample_rows: width + 1), row, &z)
        ck_activate_pool(z, bias, points, &outputs[0], &masks[0])
        // In two blocks, as a pass goes through a lane.
        for (first, part) in [(0, tiles - 1), (tiles - 1, 1)] {
          var block: [Float] = []
          for product in 0..<6 {
            let start = (product * tiles + first) * row
            block += m[start..<(start + part * row)]
          }
          ck_winograd_activate_pool(
            block, Array(live[(4 * first)...]),
            ck_tiling(first: first, count: part, width: width, sample_rows: width + 1), bias,
            points, &outputs[1], &masks[1])
        }
        #expect(masks[0] == masks[1], "\(height) × \(width) × \(channels)")
        #expect(
          zip(outputs[0], outputs[1]).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) },
          "\(height) × \(width) × \(channels)")
      }
    }
  }

  /// Points of which the row itself and both neighbours are zero are not live.
  @Test(arguments: [5, 16, 33, 64]) func tellsWhereOnlyZerosAreAdded(row: Int) {
    let (samples, width) = (3, 12)
    let rows = samples * (width + 1) + 1
    let points = [3, 7, 8, 9, 14, 15, 16, 17, 18, 30, 33, 38]
    var x = [Float](repeating: 0, count: (rows + 4) * row)
    // A single number in each of these rows, the first or the last.
    for point in points {
      x[point * row + (point % 2 == 0 ? row - 1 : 0)] = point == 8 ? .nan : -1e-30
    }
    for place in 0..<row { x[20 * row + place] = -0 }
    let tiles = samples * width / 4
    for (first, count) in [(0, tiles), (4, 5)] {
      var live = [Float](repeating: -1, count: 4 * count)
      ck_winograd_live(
        x, ck_tiling(first: first, count: count, width: width, sample_rows: width + 1), row, &live)
      for index in live.indices {
        let point = 4 * first + index
        // The row before the point's own is the first that counts.
        let before = point / width * (width + 1) + point % width
        let expected = points.contains { (before...(before + 2)).contains($0) }
        #expect(live[index] == (expected ? 1 : 0), "point \(point)")
      }
    }
  }

  private static func numbers(_ count: Int) -> [Float] {
    var state: UInt32 = 7
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 24) - 0.5
    }
  }
}
