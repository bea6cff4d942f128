import CKernels
import Support

/// Conv2D with "same" padding, its activation and the MaxPooling2D after it (if any), forward and
/// backward.
///
/// **Two rows are channels.** The image is `height` rows (2) high, so the 2-D convolution is a 1-D
/// convolution over points whose channels are (row × channel): no product is spent on padding rows.
/// Its kernel is the Keras kernel rearranged, `wide[tap][row in, channel in][row out, channel out]
/// = kernel[row in − row out + top, tap, channel in, channel out]`, zero where the row index falls
/// outside.
///
/// **One product, no im2col.** Samples lie one after another as rows of (row × channel) floats with
/// `gap` rows of zeros before, between and after them. The `kernelWidth` rows that an output point
/// needs are then contiguous, so the matrix of patches is a view with overlapping rows.
final class ConvLayer {
  let input: SampleShape
  let filters: Int
  let kernelHeight: Int
  let kernelWidth: Int
  let pool: Int
  let relu: Bool
  let kernel: ParameterTensor
  let bias: ParameterTensor
  /// Whether its weights are trained.
  var isTrained: Bool { kernel.trainable }

  /// Points after pooling.
  var pooledWidth: Int { input.width / pool }
  /// Floats of one input point: (row × channel).
  var inputRow: Int { input.height * input.channels }
  /// Floats of one output point.
  var outputRow: Int { input.height * filters }
  /// Padding on the left as TensorFlow's "same" splits it: the smaller half.
  var left: Int { (kernelWidth - 1) / 2 }
  var right: Int { kernelWidth - 1 - left }
  /// Rows of zeros around each sample.
  var gap: Int { max(left, right) }
  /// Rows from one sample to the next.
  var sampleRows: Int { input.width + gap }

  /// The input of the whole batch, padded: (gap + samples · sampleRows) × inputRow.
  let paddedInput: AlignedBuffer
  /// 1 + the place of the pool's winner, or 0 where relu stops the gradient; whole batch.
  let mask: UnsafeMutablePointer<UInt8>
  /// The rearranged kernel: (kernelWidth · inputRow) × outputRow.
  let wide: AlignedBuffer
  /// Its taps reversed and each transposed: (kernelWidth · outputRow) × inputRow.
  let reversed: AlignedBuffer
  /// The gradient of `wide`.
  let wideGradient: AlignedBuffer
  /// Pre-activations of a lane (which Winograd's form does not keep), and their gradient with its own zero rows
  /// around it.
  let preActivation: AlignedBuffer
  let preActivationGradient: AlignedBuffer
  /// Where the products are made by Winograd's form.
  let winograd: WinogradForm?
  /// Takes the sums of a frozen layer's bias gradient, which nobody reads.
  let frozenBiasGradient: AlignedBuffer

  init(
    input: SampleShape, filters: Int, kernelHeight: Int, kernelWidth: Int, relu: Bool, pool: Int,
    kernel: ParameterTensor, bias: ParameterTensor, maxBatch: Int, lane: Int
  ) {
    self.input = input
    self.filters = filters
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.relu = relu
    self.pool = pool
    self.kernel = kernel
    self.bias = bias
    let gap = max((kernelWidth - 1) / 2, kernelWidth - 1 - (kernelWidth - 1) / 2)
    let rows = input.width + gap
    let inputRow = input.height * input.channels
    let outputRow = input.height * filters
    // One more gap at the end: the last patch of an even kernel reads past its own sample.
    paddedInput = AlignedBuffer(count: (2 * gap + maxBatch * rows) * inputRow)
    mask = .allocate(capacity: max(maxBatch * (input.width / pool) * outputRow, 1))
    wide = AlignedBuffer(count: kernelWidth * inputRow * outputRow)
    reversed = AlignedBuffer(count: wide.count)
    wideGradient = AlignedBuffer(count: wide.count)
    preActivationGradient = AlignedBuffer(count: (2 * gap + lane * rows) * outputRow)
    let form = WinogradForm(
      taps: kernelWidth, width: input.width, pool: pool, sampleRows: rows, inputRow: inputRow,
      outputRow: outputRow)
    preActivation = AlignedBuffer(count: form == nil ? (lane * rows + gap) * outputRow : 0)
    winograd = form
    frozenBiasGradient = AlignedBuffer(count: kernel.trainable ? 0 : filters)
  }

  deinit { mask.deallocate() }

  /// Where sample `index` starts in `paddedInput`.
  func inputPointer(_ index: Int) -> UnsafeMutablePointer<Float> {
    paddedInput.pointer + (gap + index * sampleRows) * inputRow
  }

  /// The geometry of `count` samples for the C passes, with the pooled output's strides.
  func points(_ count: Int, output: OutputStrides) -> ck_points {
    ck_points(
      samples: count, width: input.width, gap: gap, height: input.height, channels: filters,
      pool: pool, out_sample: output.sample, out_point: output.point, out_height: output.height,
      relu: relu ? 1 : 0)
  }
}

/// Where a convolution's pooled output goes: strides in floats.
struct OutputStrides {
  var sample: Int
  var point: Int
  var height: Int

  /// Into the next convolution's padded input.
  static func padded(_ next: ConvLayer) -> OutputStrides {
    OutputStrides(
      sample: next.sampleRows * next.inputRow, point: next.inputRow, height: next.input.channels)
  }

  /// In Keras's Flatten order: (row, point, channel).
  /// - Parameter row: floats from one sample to the next.
  static func flat(width: Int, channels: Int, row: Int) -> OutputStrides {
    OutputStrides(sample: row, point: channels, height: width * channels)
  }
}
