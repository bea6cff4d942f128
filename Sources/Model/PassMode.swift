/// Whether a forward pass is for training, which keeps what the backward pass needs.
enum PassMode {
  case inference
  /// With the dropout masks of this key, or without dropout.
  case training(DropoutKey?)

  var isTraining: Bool {
    if case .training = self { true } else { false }
  }

  var dropout: DropoutKey? {
    if case .training(let key) = self { key } else { nil }
  }
}
