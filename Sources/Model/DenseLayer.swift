import CKernels
import Support

/// Dense: `y = activation(x · kernel + bias)`.
final class DenseLayer {
  let inputs: Int
  let units: Int
  let activation: Activation
  let kernel: ParameterTensor
  let bias: ParameterTensor
  /// `count` × units; logits for softmax.
  let output: AlignedBuffer
  /// The gradient of `output`.
  let outputGradient: AlignedBuffer

  init(
    inputs: Int, units: Int, activation: Activation, kernel: ParameterTensor, bias: ParameterTensor,
    maxBatch: Int
  ) {
    self.inputs = inputs
    self.units = units
    self.activation = activation
    self.kernel = kernel
    self.bias = bias
    output = AlignedBuffer(count: maxBatch * units)
    outputGradient = AlignedBuffer(count: maxBatch * units)
  }

  func forward(_ x: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>) {
    multiply(
      StridedMatrix(x, row: inputs), StridedMatrix(weights + kernel.offset, row: units), m: count,
      n: units, k: inputs, into: output.pointer)
    ck_bias_activate(
      output.pointer, weights + bias.offset, count, units, activation == .relu ? 1 : 0)
  }

  /// Fills this layer's places in `gradients` from `outputGradient`, which relu stops first.
  func backwardParameters(
    _ x: UnsafePointer<Float>, count: Int, gradients: UnsafeMutablePointer<Float>
  ) {
    let d = outputGradient.pointer
    if activation == .relu {
      for index in 0..<(count * units) where output.pointer[index] <= 0 { d[index] = 0 }
    }
    let biasGradient = gradients + bias.offset
    biasGradient.update(repeating: 0, count: units)
    for sample in 0..<count {
      for unit in 0..<units { biasGradient[unit] += d[sample * units + unit] }
    }
    guard count > 0 else {
      (gradients + kernel.offset).update(repeating: 0, count: kernel.count)
      return
    }
    multiply(
      StridedMatrix(x, row: inputs).transposed, StridedMatrix(d, row: units), m: inputs, n: units,
      k: count, into: gradients + kernel.offset)
  }

  /// The gradient of the layer's input, `count` × inputs; after `backwardParameters`.
  func backwardInput(
    count: Int, weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(outputGradient.pointer, row: units),
      StridedMatrix(weights + kernel.offset, row: units).transposed, m: count, n: inputs, k: units,
      into: target)
  }
}
