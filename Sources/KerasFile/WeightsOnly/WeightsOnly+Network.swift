import HDF5
import Model
import Support

/// Which network a file of weights belongs to. The shapes of the weights tell convolutions (four
/// axes) and dense layers (two), their sizes and the length of the peak matrix; all else is taken to
/// be as in NeatMS.
extension WeightsOnly {
  /// The attribute that names the network in files of weights that this program writes.
  static let configAttribute = "neatms_config"

  /// - Parameter matrixSize: decides between the two sizes that pooling makes one of.
  static func model(
    _ found: [Layer], _ root: borrowing H5Group, _ path: String, matrixSize: Int?
  ) throws -> KerasModel {
    var model: KerasModel
    if let config = try root.string(attribute: configAttribute) {
      let place = "\(path), \(configAttribute)"
      let architecture = try ModelConfig.architecture(try JSON.parse(config, place), place)
      let layout = ParameterLayout(architecture)
      model = KerasModel(
        architecture: architecture, weights: try LayerVariables.read(root, architecture, layout))
    } else {
      model = try recognized(
        found, areOrdered: try root.hasAttribute("layer_names"), path, matrixSize)
    }
    model.format = .weights
    try KerasFile.readAttributes(of: root, into: &model, path)
    return model
  }

  private static func recognized(
    _ found: [Layer], areOrdered: Bool, _ path: String, _ matrixSize: Int?
  ) throws -> KerasModel {
    let recognizer = NetworkRecognizer(path: path)
    let (parts, byPlace) = try recognizer.parts(found, areOrdered: areOrdered)
    let layers = try recognizer.arranged(found, parts, areOrdered: areOrdered)
    let size = try recognizer.matrixSize(layers, wanted: matrixSize)
    var architecture = Architecture(
      input: SampleShape(height: 2, width: size.chosen, channels: 1), layers: layers.map(\.layer))
    architecture.inputName =
      found.indices.first { parts[$0] == .input }.map { found[$0].name } ?? "input_1"
    try ModelConfig.check(architecture, path)
    let layout = ParameterLayout(architecture)
    var model = KerasModel(architecture: architecture, weights: [])
    let byLayer = Dictionary(layers.map { ($0.layer.name, $0.tensors) }) { first, _ in first }
    for tensor in layout.tensors {
      let position = layout.tensors(ofLayer: tensor.layerIndex).firstIndex(of: tensor) ?? 0
      let values = byLayer[tensor.layer]?[position].values ?? []
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        throw Failure(
          .badData, "holds a value that is not finite",
          at: "\(path), \(tensor.kerasName), value \(bad)", found: "\(values[bad])",
          hint: "The training that made this model diverged: use an earlier model.")
      }
      model.weights += values
    }
    model.assumptions = [recognizer.assumption(architecture, otherSize: size.other)]
    if !byPlace.isEmpty {
      model.assumptions.append(
        "By their places, as their names do not say: \(byPlace.joined(separator: ", ")).")
    }
    return model
  }
}

/// Makes a chain of layers of what a file of weights holds.
struct NetworkRecognizer {
  var path: String

  /// A layer, and its weights.
  typealias Found = (layer: Layer, tensors: [KerasTensor])

  func refuse(_ what: String, _ expected: String, _ found: String) -> Failure {
    Failure(
      .badData, "holds weights of a network that cannot be used here, because of \(what)", at: path,
      expected: expected, found: found,
      hint: "Save the whole model in Keras, with model.save(…) instead of save_weights(…).")
  }

  /// The layers in their order.
  /// - Parameters:
  ///   - parts: what those without weights are.
  ///   - areOrdered: whether the file tells the order; else it is NeatMS's: convolutions, a pooling
  ///     after the first, Flatten, dense layers, a dropout before the last.
  func arranged(
    _ found: [WeightsOnly.Layer], _ parts: [Int: Part], areOrdered: Bool
  ) throws -> [Found] {
    var layers: [Found] = try found.enumerated().compactMap { index, layer in
      switch parts[index] {
      case .input: nil
      case .layer(let kind): (Layer(layer.name, kind), [])
      case nil: (try weighted(layer), layer.tensors)
      }
    }
    if !areOrdered { layers = try inNeatMSOrder(layers) }
    let lastDense = layers.lastIndex { if case .dense = $0.layer.kind { true } else { false } }
    guard let lastDense, layers.count >= 2 else {
      throw refuse("its layers", "at least one dense layer", "none")
    }
    layers[lastDense].layer.setActivation(.softmax)
    if !layers.contains(where: { $0.layer.kind == .flatten }) {
      let first = layers.firstIndex { if case .dense = $0.layer.kind { true } else { false } } ?? 0
      layers.insert((Layer("flatten_1", .flatten), []), at: first)
    }
    addPenalty(to: &layers)
    try checkShapes(layers)
    return layers
  }

  /// A layer by its kernel's shape.
  func weighted(_ layer: WeightsOnly.Layer) throws -> Layer {
    let shapes = layer.tensors.map(\.shape)
    let what = "layer \(layer.name)"
    guard let kernel = shapes.first, shapes.count <= 2, kernel.allSatisfy({ $0 > 0 }),
      let outputs = kernel.last
    else { throw refuse(what, "a kernel and a bias", "the shapes \(shapes)") }
    if shapes.count == 2, shapes[1] != [outputs] {
      throw refuse("\(what): its bias", "[\(outputs)]", "\(shapes[1])")
    }
    let hasBias = shapes.count == 2
    switch kernel.count {
    case 4:
      return Layer(
        layer.name,
        .conv2D(
          filters: outputs, kernelHeight: kernel[0], kernelWidth: kernel[1], activation: .relu,
          useBias: hasBias))
    case 2:
      return Layer(layer.name, .dense(units: outputs, activation: .relu, useBias: hasBias))
    default:
      throw refuse(
        what, "a kernel of Conv2D (4 axes) or Dense (2 axes)", "the shape \(kernel)")
    }
  }

  /// NeatMS's order of layers that come class by class.
  private func inNeatMSOrder(_ layers: [Found]) throws -> [Found] {
    func all(_ isWanted: (Layer.Kind) -> Bool) -> [Found] {
      layers.filter { isWanted($0.layer.kind) }
    }
    var convs = all { if case .conv2D = $0 { true } else { false } }
    let pools = all { if case .maxPooling2D = $0 { true } else { false } }
    var dense = all { if case .dense = $0 { true } else { false } }
    let dropouts = all { if case .dropout = $0 { true } else { false } }
    for (name, group) in [("pooling", pools), ("dropout", dropouts)] where group.count > 1 {
      throw refuse("its \(name) layers", "at most one, whose place is known", "\(group.count)")
    }
    convs.insert(contentsOf: pools, at: min(1, convs.count))
    dense.insert(contentsOf: dropouts, at: max(dense.count - 1, 0))
    return convs + all { $0 == .flatten } + dense
  }

  /// NeatMS's L2 penalty, of the first of several dense layers.
  private func addPenalty(to layers: inout [Found]) {
    let dense = layers.indices.filter {
      if case .dense = layers[$0].layer.kind { true } else { false }
    }
    guard dense.count > 1, case .dense(var first) = layers[dense[0]].layer.kind else { return }
    first.l2 = 0.001
    layers[dense[0]].layer.kind = .dense(first)
  }
}

extension Layer {
  fileprivate mutating func setActivation(_ activation: Activation) {
    if case .dense(var dense) = kind {
      dense.activation = activation
      kind = .dense(dense)
    }
  }
}
