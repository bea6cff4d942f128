import CKernels
import Support

/// One layer of `GeneralConvBase`, over the whole batch. Samples are Keras's: (row, point, channel).
protocol BaseStage: AnyObject {
  /// `maxBatch` × the layer's output.
  var output: AlignedBuffer { get }
  /// Floats of one sample of the input.
  var inputCount: Int { get }
  /// Whether it has weights that are trained.
  var isTrained: Bool { get }

  /// Computes the rows `samples`; every buffer starts with the batch's first sample.
  func forward(
    _ input: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>,
    mode: PassMode)

  /// Writes the gradients of its own weights, where they are trained, and fills `inputGradient`
  /// where it is given.
  ///
  /// - Parameters:
  ///   - input: as given to `forward`.
  ///   - outputGradient: is changed.
  func backward(
    _ input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    samples: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>?, progress: () throws -> Void
  ) rethrows
}

extension BaseStage {
  var isTrained: Bool { false }
}

/// MaxPooling2D of any size, strides = pool size.
final class PoolStage: BaseStage {
  let output: AlignedBuffer
  let inputCount: Int
  private let outputCount: Int
  private let windows: ck_windows
  /// For each output the point its value came from; whole batch.
  private let places: UnsafeMutablePointer<Int32>

  init(_ pool: Layer.MaxPooling2D, input: SampleShape, output shape: SampleShape, maxBatch: Int) {
    inputCount = input.count
    outputCount = shape.count
    output = AlignedBuffer(count: maxBatch * shape.count)
    places = .allocate(capacity: max(maxBatch * shape.count, 1))
    windows = ck_windows(
      samples: 0, height: input.height, width: input.width, channels: input.channels,
      window_height: pool.poolHeight, window_width: pool.poolWidth,
      top: pool.padding.before(pool.poolHeight, stride: pool.poolHeight, over: input.height),
      left: pool.padding.before(pool.poolWidth, stride: pool.poolWidth, over: input.width),
      out_height: shape.height, out_width: shape.width)
  }

  deinit { places.deallocate() }

  func forward(
    _ input: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>,
    mode: PassMode
  ) {
    let first = samples.lowerBound
    ck_pool_windows(
      input + first * inputCount, windows.of(samples.count), output.pointer + first * outputCount,
      places + first * outputCount)
  }

  func backward(
    _ input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    samples: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>?, progress: () throws -> Void
  ) {
    guard let inputGradient else { return }
    let first = samples.lowerBound
    ck_pool_windows_backward(
      outputGradient + first * outputCount, places + first * outputCount,
      windows.of(samples.count), inputGradient + first * inputCount)
  }
}

/// A layer that keeps the shape: Activation or Dropout.
final class ElementStage: BaseStage {
  private enum Work {
    case activation(ActivationSlopes)
    case dropout(DropoutLayer)
  }

  let output: AlignedBuffer
  let inputCount: Int
  private let work: Work
  /// Whether the last forward pass dropped units.
  private var dropped = false

  init(_ activation: Activation, input: SampleShape, maxBatch: Int) {
    inputCount = input.count
    output = AlignedBuffer(count: maxBatch * input.count)
    work = .activation(ActivationSlopes(activation, capacity: output.count))
  }

  init(dropout: DropoutLayer, maxBatch: Int) {
    inputCount = dropout.units
    output = AlignedBuffer(count: maxBatch * inputCount)
    work = .dropout(dropout)
  }

  func forward(
    _ input: UnsafePointer<Float>, samples: Range<Int>, weights: UnsafePointer<Float>,
    mode: PassMode
  ) {
    let (first, count) = (samples.lowerBound * inputCount, samples.count * inputCount)
    (output.pointer + first).update(from: input + first, count: count)
    switch work {
    case .activation(let slopes):
      slopes.apply(output.pointer + first, first: first, count: count, mode: mode)
    case .dropout(let layer):
      dropped = mode.dropout != nil && layer.rate > 0
      if let key = mode.dropout, dropped {
        layer.forward(output.pointer, samples: samples, key: key)
      }
    }
  }

  func backward(
    _ input: UnsafePointer<Float>, outputGradient: UnsafeMutablePointer<Float>,
    samples: Range<Int>, weights: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>?, progress: () throws -> Void
  ) {
    guard let inputGradient else { return }
    let (first, count) = (samples.lowerBound * inputCount, samples.count * inputCount)
    (inputGradient + first).update(from: outputGradient + first, count: count)
    switch work {
    case .activation(let slopes):
      slopes.backward(inputGradient + first, first: first, count: count)
    case .dropout(let layer): if dropped { layer.backward(inputGradient, samples: samples) }
    }
  }
}

extension ck_windows {
  func of(_ samples: Int) -> ck_windows {
    var copy = self
    copy.samples = samples
    return copy
  }
}
