import CKernels
import Support

/// The products of a convolution with three taps in Winograd's form F(4,3): half as many operations.
///
/// Four neighbouring points of a sample are a tile, which comes from six of its input's rows by six products
/// of their own kernels. A tile lies within a sample, so that samples do not touch each other's bits.
/// Source: A. Lavin and S. Gray, Fast algorithms for convolutional neural networks, CVPR 2016,
/// arXiv:1509.09308.
final class WinogradForm {
  /// Points of a tile, and products that make them.
  private static let points = 4
  private static let products = 6
  /// Tiles that are worked on together: what they need fits the L2 cache.
  private static let block = 96

  private let width: Int
  private let sampleRows: Int
  private let inputRow: Int
  private let outputRow: Int
  /// The kernel, its reversed form for the backward pass, and its gradient: six matrices each.
  private let forwardKernel: AlignedBuffer
  private let backwardKernel: AlignedBuffer
  private let gradient: AlignedBuffer
  /// A block of tiles: six matrices of the input's and of the output's rows.
  private let inputs: AlignedBuffer
  private let outputs: AlignedBuffer
  /// Which of the block's points have an input that is not zero, 1 or 0.
  private let live: AlignedBuffer

  /// - Returns: nil where this form is not for the convolution, or on processors where it was not seen to be
  ///   faster.
  init?(taps: Int, width: Int, pool: Int, sampleRows: Int, inputRow: Int, outputRow: Int) {
    guard ck_tile_width() != 0, taps == 3, width % Self.points == 0, inputRow % 16 == 0,
      outputRow % 16 == 0, Self.points % pool == 0
    else { return nil }
    self.width = width
    self.sampleRows = sampleRows
    self.inputRow = inputRow
    self.outputRow = outputRow
    let kernel = Self.products * inputRow * outputRow
    (forwardKernel, backwardKernel) = (AlignedBuffer(count: kernel), AlignedBuffer(count: kernel))
    gradient = AlignedBuffer(count: kernel)
    let row = max(inputRow, outputRow)
    inputs = AlignedBuffer(count: Self.products * Self.block * row)
    outputs = AlignedBuffer(count: Self.products * Self.block * row)
    live = AlignedBuffer(count: Self.points * Self.block)
  }

  /// - Parameter kernel: (3 · input row) × output row, as `ConvLayer.wide`.
  func prepareForward(_ kernel: UnsafePointer<Float>) {
    ck_winograd_kernel(kernel, inputRow * outputRow, forwardKernel.pointer)
  }

  /// - Parameter kernel: (3 · output row) × input row, as `ConvLayer.reversed`.
  func prepareBackward(_ kernel: UnsafePointer<Float>) {
    ck_winograd_kernel(kernel, inputRow * outputRow, backwardKernel.pointer)
  }

  /// The convolution of some samples, its bias, activation and pooling.
  /// - Parameters:
  ///   - x: the row before the first sample's first point.
  ///   - points: the samples, and where their outputs go from `output` on.
  ///   - mask: of the first sample.
  func forward(
    _ x: UnsafePointer<Float>, bias: UnsafePointer<Float>, points: ck_points,
    output: UnsafeMutablePointer<Float>, mask: UnsafeMutablePointer<UInt8>
  ) {
    forEachBlock(points.samples) { tiling in
      multiply(
        x, tiling, row: inputRow, by: forwardKernel.pointer, row: outputRow)
      ck_winograd_activate_pool(
        outputs.pointer, live.pointer, tiling, bias, points, output, mask)
    }
  }

  /// From the gradient of the pre-activations to that of the input.
  /// - Parameters:
  ///   - d: the row before the first sample's first point.
  ///   - target: the first sample's first point.
  func backward(
    _ d: UnsafePointer<Float>, samples: Int, into target: UnsafeMutablePointer<Float>
  ) {
    forEachBlock(samples) { tiling in
      multiply(d, tiling, row: outputRow, by: backwardKernel.pointer, row: inputRow)
      ck_winograd_output(outputs.pointer, live.pointer, tiling, inputRow, target)
    }
  }

  /// The six products of some tiles, to `outputs`, and which points are of more than zeros.
  private func multiply(
    _ x: UnsafePointer<Float>, _ tiling: ck_tiling, row: Int, by kernel: UnsafePointer<Float>,
    row outputRow: Int
  ) {
    ck_winograd_input(x, tiling, row, inputs.pointer)
    ck_winograd_live(x, tiling, row, live.pointer)
    for product in 0..<Self.products {
      Model.multiply(
        StridedMatrix(inputs.pointer + product * tiling.count * row, row: row),
        StridedMatrix(kernel + product * row * outputRow, row: outputRow), m: tiling.count,
        n: outputRow, k: row, into: outputs.pointer + product * tiling.count * outputRow)
    }
  }

  /// - Parameters:
  ///   - x: the row before the first sample's first point.
  ///   - d: the gradient of the first sample's first point.
  ///   - isFirst: whether the gradient begins with these samples.
  func addKernelGradient(
    _ x: UnsafePointer<Float>, _ d: UnsafePointer<Float>, samples: Int, isFirst: Bool
  ) {
    forEachBlock(samples) { tiling in
      ck_winograd_input(x, tiling, inputRow, inputs.pointer)
      ck_winograd_output_gradient(d, tiling, outputRow, outputs.pointer)
      for product in 0..<Self.products {
        Model.multiply(
          StridedMatrix(inputs.pointer + product * tiling.count * inputRow, row: inputRow)
            .transposed,
          StridedMatrix(outputs.pointer + product * tiling.count * outputRow, row: outputRow),
          m: inputRow, n: outputRow, k: tiling.count, beta: isFirst && tiling.first == 0 ? 0 : 1,
          into: gradient.pointer + product * inputRow * outputRow)
      }
    }
  }

  /// The gradient that was added up, laid out as the kernel.
  func kernelGradient(into target: UnsafeMutablePointer<Float>) {
    ck_winograd_kernel_gradient(gradient.pointer, inputRow * outputRow, target)
  }

  func clearGradient() { gradient.fill(0) }

  private func forEachBlock(_ samples: Int, _ body: (ck_tiling) -> Void) {
    let tiles = samples * (width / Self.points)
    var first = 0
    while first < tiles {
      let count = min(tiles - first, Self.block)
      body(ck_tiling(first: first, count: count, width: width, sample_rows: sampleRows))
      first += count
    }
  }
}
