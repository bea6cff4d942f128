import Support

/// An Activation layer, with values of its own; for softmax it only passes the logits on.
final class ActivationLayer {
  let output: AlignedBuffer
  let outputGradient: AlignedBuffer
  private let units: Int
  private let slopes: ActivationSlopes

  init(_ activation: Activation, units: Int, maxBatch: Int) {
    self.units = units
    output = AlignedBuffer(count: maxBatch * units)
    outputGradient = AlignedBuffer(count: maxBatch * units)
    slopes = ActivationSlopes(activation, capacity: output.count)
  }

  func forward(_ x: UnsafePointer<Float>, count: Int, mode: PassMode) {
    output.pointer.update(from: x, count: count * units)
    slopes.apply(output.pointer, count: count * units, mode: mode)
  }

  func backward(count: Int, into target: UnsafeMutablePointer<Float>) {
    target.update(from: outputGradient.pointer, count: count * units)
    slopes.backward(target, count: count * units)
  }
}
