import CKernels
import Support

/// Dense: `y = activation(x · kernel + bias)`; with relu also the Dropout layer behind it, in the same passes.
final class DenseLayer {
  let inputs: Int
  let units: Int
  let activation: Activation
  let kernel: ParameterTensor
  let bias: ParameterTensor?
  /// `count` × units; logits for softmax.
  let output: AlignedBuffer
  /// The gradient of `output`.
  let outputGradient: AlignedBuffer
  /// For every activation but relu, whose output says where it stops the gradient.
  private let slopes: ActivationSlopes
  /// What drops of the output, where that is done here.
  private let dropout: DropoutLayer?
  /// Zeros in place of a missing bias.
  private let noBias: AlignedBuffer

  /// - Parameters:
  ///   - tensors: the kernel and, where the layer has one, the bias.
  ///   - dropout: only where the activation is relu.
  init(
    inputs: Int, _ dense: Layer.Dense, tensors: [ParameterTensor], maxBatch: Int,
    dropout: DropoutLayer?
  ) {
    precondition(dropout == nil || dense.activation == .relu)
    self.dropout = dropout
    self.inputs = inputs
    units = dense.units
    activation = dense.activation
    kernel = tensors[0]
    bias = tensors.dropFirst().first
    output = AlignedBuffer(count: maxBatch * units)
    outputGradient = AlignedBuffer(count: maxBatch * units)
    slopes = ActivationSlopes(
      activation == .relu ? .linear : activation, capacity: maxBatch * units)
    noBias = AlignedBuffer(count: dense.useBias ? 0 : units)
  }

  /// Whether its weights are trained.
  var isTrained: Bool { kernel.trainable }

  func forward(
    _ x: UnsafePointer<Float>, count: Int, weights: UnsafePointer<Float>, mode: PassMode
  ) {
    multiply(
      StridedMatrix(x, row: inputs), StridedMatrix(weights + kernel.offset, row: units), m: count,
      n: units, k: inputs, into: output.pointer)
    finishForward(count: count, weights: weights, mode: mode)
  }

  /// Bias, activation and dropout, over the products in `output`.
  func finishForward(count: Int, weights: UnsafePointer<Float>, mode: PassMode) {
    let biases = bias.map { weights + $0.offset } ?? UnsafePointer(noBias.pointer)
    if let dropout, let key = mode.dropout {
      dropout.draw(0..<count, key)
      return ck_bias_relu_dropout(
        output.pointer, biases, dropout.scales.pointer, count, units)
    }
    ck_bias_activate(output.pointer, biases, count, units, activation == .relu ? 1 : 0)
    slopes.apply(output.pointer, count: count * units, mode: mode)
  }

  /// From the gradient of the output to that of the pre-activations, in place; before the others.
  /// - Parameter dropped: whether the forward pass dropped.
  func backwardActivation(count: Int, dropped: Bool) {
    let d = outputGradient.pointer
    if dropped, let dropout {
      // Its output says both where it is open and, being zero there, what was dropped.
      return ck_relu_dropout_backward(
        d, output.pointer, dropout.scales.pointer, count * units)
    }
    if activation == .relu { ck_relu_backward(d, output.pointer, count * units) }
    slopes.backward(d, count: count * units)
  }

  /// Fills this layer's places in `gradients`.
  func backwardParameters(
    _ x: UnsafePointer<Float>, count: Int, gradients: UnsafeMutablePointer<Float>
  ) {
    let d = outputGradient.pointer
    backwardBias(count: count, gradients: gradients)
    guard count > 0 else {
      (gradients + kernel.offset).update(repeating: 0, count: kernel.count)
      return
    }
    multiply(
      StridedMatrix(x, row: inputs).transposed, StridedMatrix(d, row: units), m: inputs, n: units,
      k: count, into: gradients + kernel.offset)
  }

  /// Fills the bias's places in `gradients`, where there is a bias.
  func backwardBias(count: Int, gradients: UnsafeMutablePointer<Float>) {
    guard let bias else { return }
    let biasGradient = gradients + bias.offset
    biasGradient.update(repeating: 0, count: units)
    addRows(of: outputGradient.pointer, count: count, columns: units, to: biasGradient)
  }

  /// The gradient of the layer's input, `count` × inputs.
  func backwardInput(
    count: Int, weights: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    multiply(
      StridedMatrix(outputGradient.pointer, row: units),
      StridedMatrix(weights + kernel.offset, row: units).transposed, m: count, n: inputs, k: units,
      into: target)
  }
}
