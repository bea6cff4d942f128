/// Which optimizer updates the weights, with Keras's names and defaults.
public enum OptimizerConfiguration: Sendable, Equatable, Codable {
  /// `keras.optimizers.Adam(learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-7)`.
  case adam(learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7)
  /// `keras.optimizers.SGD(learning_rate, momentum, nesterov=False)`.
  case sgd(learningRate: Float, momentum: Float = 0)

  public var learningRate: Float {
    get {
      switch self {
      case .adam(let rate, _, _, _), .sgd(let rate, _): rate
      }
    }
    set {
      switch self {
      case .adam(_, let beta1, let beta2, let epsilon):
        self = .adam(learningRate: newValue, beta1: beta1, beta2: beta2, epsilon: epsilon)
      case .sgd(_, let momentum): self = .sgd(learningRate: newValue, momentum: momentum)
      }
    }
  }

  /// `adam` or `sgd`, as on the command line.
  public var name: String {
    switch self {
    case .adam: "adam"
    case .sgd: "sgd"
    }
  }

  /// How many buffers as long as the weights the optimizer keeps, and Keras's names for them:
  /// Adam `m` and `v`; SGD with momentum `m` (Keras 2.15's slot name); plain SGD none.
  public var slotNames: [String] {
    switch self {
    case .adam: ["m", "v"]
    case .sgd(_, let momentum): momentum == 0 ? [] : ["m"]
    }
  }
}

/// What an optimizer keeps between steps, in the flat order of `ParameterLayout`.
public struct OptimizerState: Sendable, Equatable, Codable {
  /// Steps taken: Keras's `iterations`.
  public var step: Int
  /// One array for each of `OptimizerConfiguration.slotNames`, each as long as the weights.
  public var slots: [[Float]]

  public init(step: Int, slots: [[Float]]) {
    self.step = step
    self.slots = slots
  }
}
