/// Keras's `activation`, of a layer or of a layer of its own, for those that Keras 2 and 3 compute
/// alike and without parameters. The raw value is the name that both of them read.
public enum Activation: String, Sendable, Equatable, Codable, CaseIterable {
  case linear, relu, softmax
  /// 1 / (1 + exp(−x)).
  case sigmoid
  case tanh
  /// x above 0, else exp(x) − 1.
  case elu
  /// `elu` with the scales of Klambauer et al., "Self-normalizing neural networks" (2017).
  case selu
  /// log(1 + exp(x)).
  case softplus
  /// x / (1 + |x|).
  case softsign
  case exponential
  /// x · sigmoid(x); `silu` in Keras 3, which reads this name too.
  case swish
  /// x · Φ(x), Φ the normal distribution function, exactly: not the approximation by tanh.
  case gelu
  /// x · tanh(softplus(x)).
  case mish

  /// The activation that Keras has under `name`, in any version and spelling; nil for one that is
  /// not computed here, as `hard_sigmoid`, which changed its meaning in Keras 3.
  public init?(kerasName name: String) {
    let name = name.lowercased()
    self.init(rawValue: name == "silu" ? "swish" : name)
  }
}
