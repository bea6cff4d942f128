import Model

extension KerasModel {
  /// Who cannot open or use this model when it is written as `.h5` or `.keras`, and why, one sentence
  /// each: what the formats can hold, not every reader takes.
  public func obstacles(in format: Format) -> [String] {
    if format == .weights { return [] }
    var found: [String] = []
    let names = [architecture.inputName, architecture.name] + architecture.layers.map(\.name)
    if let name = names.first(where: { $0.contains("/") }) {
      found.append("Keras 3 cannot open it: a name has no slash there (\(name))")
    }
    let scopes = [architecture.name] + architecture.layers.map(\.name)
    if let name = scopes.first(where: { !$0.isTensorFlowScope }) {
      found.append(
        "Keras on TensorFlow cannot use it: a name has only A-Z, a-z, 0-9 and . _ - > / there, and "
          + "starts with a letter, a digit or a dot (\(name))")
    }
    if format == .h5,
      let late = architecture.layers.map(\.activation).first(where: { $0.cameAfterKeras231 })
    {
      found.append("Keras 2.3.1 cannot open it: it has no activation \(late.rawValue)")
    }
    return found
  }
}

extension String {
  /// TensorFlow's rule for names of outermost scopes; it allows a backslash and then fails.
  fileprivate var isTensorFlowScope: Bool {
    let isPlain = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard let first = utf8.first, isPlain(first) else { return false }
    return utf8.allSatisfy { isPlain($0) || "_->/".utf8.contains($0) }
  }
}

extension Activation {
  fileprivate var cameAfterKeras231: Bool { [.swish, .gelu, .mish].contains(self) }
}
