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
          m, ck_tiling(first: 0, count: tiles, width: width, sample_rows: width + 1), row, &z)
        ck_activate_pool(z, bias, points, &outputs[0], &masks[0])
        // In two blocks, as a pass goes through a lane.
        for (first, part) in [(0, tiles - 1), (tiles - 1, 1)] {
          var block: [Float] = []
          for product in 0..<6 {
            let start = (product * tiles + first) * row
            block += m[start..<(start + part * row)]
          }
          ck_winograd_activate_pool(
            block, ck_tiling(first: first, count: part, width: width, sample_rows: width + 1), bias,
            points, &outputs[1], &masks[1])
        }
        #expect(masks[0] == masks[1], "\(height) × \(width) × \(channels)")
        #expect(
          zip(outputs[0], outputs[1]).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) },
          "\(height) × \(width) × \(channels)")
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
