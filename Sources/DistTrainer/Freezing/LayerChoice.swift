import Model
import Support

/// What `--freeze` or `--train-only` asks for, as typed: one of the two, or neither.
public struct LayerChoice: Sendable, Equatable, Codable {
  /// These layers are not trained, all others are.
  public var freeze: String?
  /// These layers are trained, no others.
  public var trainOnly: String?

  public init(freeze: String? = nil, trainOnly: String? = nil) {
    self.freeze = freeze
    self.trainOnly = trainOnly
  }

  /// Whether either was given.
  public var isGiven: Bool { freeze != nil || trainOnly != nil }

  /// The option's name, for messages; nil where neither was given.
  public var option: String? {
    freeze != nil ? "--freeze" : trainOnly != nil ? "--train-only" : nil
  }

  /// The names of the layers that are not trained, as Keras's `layer.trainable` says: of the two
  /// options, or, where neither was given, those that the model itself holds frozen. The input is
  /// among them where it is named; it has nothing to train.
  /// - Throws: `Failure(.usage)` for names that the model does not have.
  public func frozenNames(of architecture: Architecture) throws -> Set<String> {
    if let freeze {
      return try LayerSelection(freeze, option: "--freeze", of: architecture).names
    }
    if let trainOnly {
      let all = Set([architecture.inputName] + architecture.layers.map(\.name))
      return all.subtracting(
        try LayerSelection(trainOnly, option: "--train-only", of: architecture).names)
    }
    return Set(architecture.layers.filter { !$0.trainable }.map(\.name))
  }

  /// The architecture with every layer's `trainable` set by this choice.
  /// - Throws: `Failure(.usage)` for names that the model does not have, and where no layer with
  ///   weights would be left to train.
  public func applied(to architecture: Architecture) throws -> Architecture {
    let frozen = try frozenNames(of: architecture)
    var copy = architecture
    for index in copy.layers.indices {
      copy.layers[index].trainable = !frozen.contains(copy.layers[index].name)
    }
    guard copy.trainedCount > 0 else {
      throw Failure(
        .usage, "\(option ?? "the model") leaves nothing to train",
        expected: "a layer with weights that is not frozen", found: "all of them frozen",
        hint: option == nil
          ? "Every layer of the model is frozen: --train-only says which to train, "
            + "--freeze none trains all."
          : "Layers with weights: \(copy.layersWithWeights.joined(separator: ", "))")
    }
    return copy
  }
}

extension Architecture {
  /// Parameters of layers that are trained.
  public var trainedCount: Int {
    ParameterLayout(self).tensors.reduce(0) {
      $0 + (layers[$1.layerIndex].trainable ? $1.count : 0)
    }
  }

  /// The names of layers that have something to train, in order.
  var layersWithWeights: [String] {
    let layout = ParameterLayout(self)
    return layers.indices.filter { !layout.tensors(ofLayer: $0).isEmpty }.map { layers[$0].name }
  }

  /// Those of them that are frozen.
  var frozenLayersWithWeights: [String] {
    let frozen = Set(layers.filter { !$0.trainable }.map(\.name))
    return layersWithWeights.filter(frozen.contains)
  }
}
