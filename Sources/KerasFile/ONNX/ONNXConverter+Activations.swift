import Model

extension ONNXConverter {
  /// Applies Keras's activation to `current`; those that this version of ONNX has no operator for
  /// are made of others.
  mutating func activate(_ layer: String, _ activation: Activation) {
    let name = "\(layer)/\(activation.rawValue)"
    switch activation {
    case .linear: break
    case .relu: current = graph.add("Relu", name, [current])
    case .sigmoid: current = graph.add("Sigmoid", name, [current])
    case .tanh: current = graph.add("Tanh", name, [current])
    case .elu: current = graph.add("Elu", name, [current])
    case .selu: current = graph.add("Selu", name, [current])
    case .softplus: current = graph.add("Softplus", name, [current])
    case .softsign: current = graph.add("Softsign", name, [current])
    case .exponential: current = graph.add("Exp", name, [current])
    case .softmax:
      // Only the last layer has it: the channels are the last axis then.
      current = graph.add("Softmax", name, [current], [("axis", .int(-1))])
    case .swish: multiply(by: graph.add("Sigmoid", "\(name)/sigmoid", [current]), name)
    case .gelu: gelu(name)
    case .mish:
      let plus = graph.add("Softplus", "\(name)/softplus", [current])
      multiply(by: graph.add("Tanh", "\(name)/tanh", [plus]), name)
    }
  }

  private mutating func multiply(by factor: String, _ name: String) {
    current = graph.add("Mul", name, [current, factor])
  }

  /// x · (1 + erf(x / √2)) / 2.
  private mutating func gelu(_ name: String) {
    let scale = graph.add("\(name)/scale", [Float(0.5).squareRoot()], shape: [])
    let (one, half) = (
      graph.add("\(name)/one", [1], shape: []), graph.add("\(name)/half", [0.5], shape: [])
    )
    let scaled = graph.add("Mul", "\(name)/scaled", [current, scale])
    let erf = graph.add("Erf", "\(name)/erf", [scaled])
    let sum = graph.add("Add", "\(name)/sum", [erf, one])
    multiply(by: graph.add("Mul", "\(name)/share", [sum, half]), name)
  }
}
