import CKernels
import Support

/// An activation over a buffer, keeping its derivatives for the backward pass.
final class ActivationSlopes {
  private let kind: ck_activation
  private let capacity: Int
  /// Made by the first training pass: inference needs none.
  private lazy var slopes = AlignedBuffer(count: capacity)

  /// - Parameter capacity: numbers of the whole batch.
  init(_ activation: Activation, capacity: Int) {
    kind = activation.kernel
    self.capacity = capacity
  }

  /// `y` = activation(`y`), which are the numbers from `first` on of the batch.
  func apply(_ y: UnsafeMutablePointer<Float>, first: Int = 0, count: Int, mode: PassMode) {
    guard kind != CK_LINEAR else { return }
    ck_activate(kind, y, mode.isTraining ? slopes.pointer + first : nil, count)
  }

  /// From the gradient of the activation's output to that of its input, in place.
  func backward(_ gradient: UnsafeMutablePointer<Float>, first: Int = 0, count: Int) {
    guard kind != CK_LINEAR else { return }
    ck_multiply(gradient, slopes.pointer + first, count)
  }
}

extension Activation {
  /// For the C passes. Softmax is left to the loss, which works on the logits.
  var kernel: ck_activation {
    switch self {
    case .linear, .softmax: CK_LINEAR
    case .relu: CK_RELU
    case .sigmoid: CK_SIGMOID
    case .tanh: CK_TANH
    case .elu: CK_ELU
    case .selu: CK_SELU
    case .softplus: CK_SOFTPLUS
    case .softsign: CK_SOFTSIGN
    case .exponential: CK_EXPONENTIAL
    case .swish: CK_SWISH
    case .gelu: CK_GELU
    case .mish: CK_MISH
    }
  }
}
