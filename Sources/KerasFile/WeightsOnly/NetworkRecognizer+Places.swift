import Model
import Support

/// What layers without weights are: files of weights tell no more of them than a name.
extension NetworkRecognizer {
  /// A layer without weights.
  enum Part: Equatable {
    case input
    case layer(Layer.Kind)

    /// What the user is told.
    var word: String {
      switch self {
      case .input: "the input"
      case .layer(.maxPooling2D): "pooling"
      case .layer(.flatten): "Flatten"
      default: "dropout"
      }
    }
  }

  static let pooling = Part.layer(.maxPooling2D(poolWidth: 2))

  /// Parts of names that Keras gives to layers which compute something else, and that people use.
  private static let others = [
    "activation", "relu", "re_lu", "softmax", "sigmoid", "norm", "average", "avg", "global",
    "reshape", "permute", "noise", "zero_padding", "cropping", "up_sampling", "lambda", "spatial",
    "alpha_drop", "gaussian",
  ]

  private func refuse(_ layer: WeightsOnly.Layer, _ found: String) -> Failure {
    refuse(
      "layer \(layer.name)", "an input, pooling, Flatten or dropout layer, as it has no weights",
      found)
  }

  /// By its name, which Keras makes from the class; nil where that does not say.
  private func named(_ layer: WeightsOnly.Layer, mayBeInput: Bool) throws -> Part? {
    let name = layer.group.lowercased()
    if mayBeInput, name.contains("input") || name == "top_level_model_weights" { return .input }
    if Self.others.contains(where: name.contains) {
      throw refuse(layer, "a name that says something else")
    }
    if name.contains("pool") { return Self.pooling }
    if name.contains("flatten") { return .layer(.flatten) }
    if name.contains("drop") { return .layer(.dropout(rate: 0.5)) }
    return nil
  }

  /// All layers without weights of a file, by their positions in it.
  /// - Parameter areOrdered: whether the file tells the order. Names are then whatever anyone chose,
  ///   and the place says what a name does not; else they are those of classes.
  /// - Returns: and what was told by its place: "fl is taken for Flatten".
  func parts(
    _ found: [WeightsOnly.Layer], areOrdered: Bool
  ) throws -> (parts: [Int: Part], byPlace: [String]) {
    // What no network here has goes first: it says more than a name that says little.
    for layer in found where !layer.tensors.isEmpty { _ = try weighted(layer) }
    let weightless = found.indices.filter { found[$0].tensors.isEmpty }
    var parts: [Int: Part] = [:]
    for index in weightless {
      parts[index] = try named(found[index], mayBeInput: index == 0 || !areOrdered)
    }
    let unnamed = weightless.filter { parts[$0] == nil }
    let hasFlatten = parts.values.contains(.layer(.flatten))
    var byPlace: [String] = []
    for index in unnamed {
      guard areOrdered else { throw refuse(found[index], "another class") }
      let gap = Gap(around: index, of: found)
      let part = gap.part(
        isAlone: gap.inside.filter(unnamed.contains).filter { $0 > 0 }.count == 1,
        isOnly: gap.inside.filter { parts[$0] != .input }.count == 1, hasFlatten: hasFlatten,
        isFirst: index == 0)
      guard let part else {
        throw refuse(found[index], "a name that does not say what it is, nor does its place")
      }
      parts[index] = part
      byPlace.append("\(found[index].name) is \(part.word)")
    }
    return (parts, byPlace)
  }

  /// A place among the layers with weights, and the axes of the kernels on both sides.
  private struct Gap {
    /// Positions of the layers without weights there.
    let inside: Range<Int>
    let before: Int?
    let after: Int?
    let isBehindFirstKernel: Bool

    init(around index: Int, of found: [WeightsOnly.Layer]) {
      let start = found[..<index].lastIndex { !$0.tensors.isEmpty }
      let end = found[index...].firstIndex { !$0.tensors.isEmpty }
      inside = (start.map { $0 + 1 } ?? 0)..<(end ?? found.endIndex)
      before = start.flatMap { found[$0].tensors.first?.shape.count }
      after = end.flatMap { found[$0].tensors.first?.shape.count }
      isBehindFirstKernel = start == found.firstIndex { !$0.tensors.isEmpty }
    }

    /// What a layer here is; nil where it may be more than one thing.
    /// - Parameters:
    ///   - isAlone: whether the names of all others here, but the input, say what they are.
    ///   - isOnly: whether there is no other here, but the input.
    func part(isAlone: Bool, isOnly: Bool, hasFlatten: Bool, isFirst: Bool) -> Part? {
      // A functional model's first layer is its input; a sequential model does not list its own.
      if isFirst { return .input }
      switch (before, after) {
      // NeatMS pools after the first convolution.
      case (4, 4): return isOnly && isBehindFirstKernel ? NetworkRecognizer.pooling : nil
      // From rows of points to a dense layer there must be one.
      case (4, 2), (nil, 2): return isAlone && !hasFlatten ? .layer(.flatten) : nil
      // NeatMS's dense layers have nothing else between them.
      case (2, 2): return isOnly ? .layer(.dropout(rate: 0.5)) : nil
      default: return nil
      }
    }
  }
}
