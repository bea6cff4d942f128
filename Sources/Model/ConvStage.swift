import CKernels
import Support

/// Conv2D of any kernel and padding, with its activation; Dense over the channels of every point is
/// the kernel of 1 × 1. Patches are copied out of the image (im2col) for some samples at a time, and
/// multiplied with Keras's kernel as it is.
final class ConvStage: BaseStage {
  let output: AlignedBuffer
  let inputCount: Int
  let isTrained: Bool
  private let windows: ck_windows
  private let filters: Int
  private let kernel: ParameterTensor
  private let bias: ParameterTensor?
  private let slopes: ActivationSlopes
  private let lane: Int
  /// Zeros in place of a missing bias.
  private let noBias: AlignedBuffer
  private let patches: AlignedBuffer

  /// Numbers of a patch.
  private var depth: Int { windows.window_height * windows.window_width * windows.channels }
  /// Points of one sample's output.
  private var points: Int { windows.out_height * windows.out_width }
  /// The image is its own matrix of patches.
  private var isPointwise: Bool { windows.window_height == 1 && windows.window_width == 1 }

  /// - Parameter tensors: the kernel and, where the layer has one, the bias.
  init(
    _ conv: Layer.Conv2D, input: SampleShape, output shape: SampleShape,
    tensors: [ParameterTensor], maxBatch: Int, lane: Int
  ) {
    inputCount = input.count
    filters = conv.filters
    kernel = tensors[0]
    bias = tensors.dropFirst().first
    isTrained = tensors[0].trainable
    self.lane = lane
    windows = ck_windows(
      samples: 0, height: input.height, width: input.width, channels: input.channels,
      window_height: conv.kernelHeight, window_width: conv.kernelWidth,
      top: conv.padding.before(conv.kernelHeight, stride: 1, over: input.height),
      left: conv.padding.before(conv.kernelWidth, stride: 1, over: input.width),
      out_height: shape.height, out_width: shape.width)
    output = AlignedBuffer(count: maxBatch * shape.count)
    slopes = ActivationSlopes(conv.activation, capacity: output.count)
    noBias = AlignedBuffer(count: conv.useBias ? 0 : conv.filters)
    let window = conv.kernelHeight * conv.kernelWidth
    let depth = window * input.channels
    patches = AlignedBuffer(count: window == 1 ? 0 : lane * shape.height * shape.width * depth)
  }

  /// The matrix of patches of some samples, (samples · points) × depth.
  private func patches(of input: UnsafePointer<Float>, _ samples: Int) -> StridedMatrix {
    if isPointwise { return StridedMatrix(input, row: depth) }
    ck_gather_patches(input, windows.of(samples), patches.pointer)
    return StridedMatrix(patches.pointer, row: depth)
  }

  func forward(
    _ input: UnsafePointer<Float>, samples all: Range<Int>, weights: UnsafePointer<Float>,
    mode: PassMode
  ) {
    let biases = bias.map { weights + $0.offset } ?? UnsafePointer(noBias.pointer)
    for first in stride(from: all.lowerBound, to: all.upperBound, by: lane) {
      let samples = min(lane, all.upperBound - first)
      let start = first * points * filters
      multiply(
        patches(of: input + first * inputCount, samples),
        StridedMatrix(weights + kernel.offset, row: filters), m: samples * points, n: filters,
        k: depth, into: output.pointer + start)
      ck_bias_activate(output.pointer + start, biases, samples * points, filters, 0)
      slopes.apply(
        output.pointer + start, first: start, count: samples * points * filters, mode: mode)
    }
  }

  func backward(
    _ input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    samples all: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>?, progress: () throws -> Void
  ) rethrows {
    let start = all.lowerBound * points * filters
    slopes.backward(outputGradient + start, first: start, count: all.count * points * filters)
    if isTrained { clearGradients(gradients) }
    for first in stride(from: all.lowerBound, to: all.upperBound, by: lane) {
      let samples = min(lane, all.upperBound - first)
      let d = outputGradient + first * points * filters
      if isTrained {
        addGradients(input + first * inputCount, d, samples: samples, to: gradients)
      }
      if let inputGradient {
        spread(d, samples: samples, weights: weights, into: inputGradient + first * inputCount)
      }
      try progress()
    }
  }

  private func clearGradients(_ gradients: UnsafeMutablePointer<Float>) {
    (gradients + kernel.offset).update(repeating: 0, count: kernel.count)
    if let bias { (gradients + bias.offset).update(repeating: 0, count: bias.count) }
  }

  private func addGradients(
    _ input: UnsafePointer<Float>, _ d: UnsafePointer<Float>, samples: Int,
    to gradients: UnsafeMutablePointer<Float>
  ) {
    if let bias {
      addRows(of: d, count: samples * points, columns: filters, to: gradients + bias.offset)
    }
    multiply(
      patches(of: input, samples).transposed, StridedMatrix(d, row: filters), m: depth, n: filters,
      k: samples * points, beta: 1, into: gradients + kernel.offset)
  }

  /// From the gradient of pre-activations to that of the input.
  private func spread(
    _ d: UnsafePointer<Float>, samples: Int, weights: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(d, row: filters),
      StridedMatrix(weights + kernel.offset, row: filters).transposed, m: samples * points,
      n: depth, k: filters, into: isPointwise ? target : patches.pointer)
    if !isPointwise { ck_scatter_patches(patches.pointer, windows.of(samples), target) }
  }
}
