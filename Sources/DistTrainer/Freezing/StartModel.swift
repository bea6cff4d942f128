import KerasFile
import Model
import PeakData
import Support

/// What a training starts from: a network that fits the data, with `trainable` set for every layer,
/// and where its weights come from.
struct StartModel {
  /// As it will be written; `--dropout` changes it for the training only.
  var architecture: Architecture
  /// The model whose weights are kept; nil: everything is drawn from the seed.
  var source: KerasModel?
  /// Layers of `source` whose weights are drawn from the seed instead.
  var anew: Set<String> = []
  /// What the user should know, line by line.
  var notes: [String] = []

  /// From scratch: NeatMS's network.
  init(header: BatchesHeader, options: TrainingOptions) throws {
    let network = Architecture.neatMS(
      matrixSize: header.matrixSize, classCount: header.classes.count)
    architecture = try options.layers.applied(to: network)
    noteFrozen(options, from: nil)
  }

  /// From a model, which must fit the data unless `--new-classifier` makes it fit.
  /// - Throws: `Failure(.badData)` that says what the model and what the data have; `.usage` for
  ///   layers that are not there, or that are made anew and frozen.
  init(
    _ model: KerasModel, at path: String, header: BatchesHeader, data: String,
    options: TrainingOptions
  ) throws {
    source = model
    architecture = model.architecture
    notes = model.assumptions
    if options.newClassifier == true {
      try remake(model, at: path, header: header, data: data)
    } else {
      try model.checkFit(header, at: path, data: data)
    }
    architecture = try options.layers.applied(to: architecture)
    let frozen = Set(architecture.frozenLayersWithWeights)
    if let lost = architecture.layersWithWeights.first(where: {
      frozen.contains($0) && anew.contains($0)
    }) {
      throw Failure(
        .usage, "\(options.layers.option ?? "--freeze") freezes a layer that has no training yet",
        expected: "\(lost) to be trained: --new-classifier makes it anew", found: "\(lost) frozen")
    }
    noteFrozen(options, from: path)
  }

  /// From a checkpoint, which holds the network as it was trained.
  init(resuming model: KerasModel, at path: String, header: BatchesHeader, data: String) throws {
    source = model
    architecture = model.architecture
    try model.checkFit(header, at: path, data: data)
    noteFrozen(TrainingOptions(), from: nil)
  }

  private mutating func noteFrozen(_ options: TrainingOptions, from path: String?) {
    let frozen = architecture.frozenLayersWithWeights
    guard !frozen.isEmpty else { return }
    let (trained, all) = (architecture.trainedCount, ParameterLayout(architecture).count)
    var line =
      "frozen: \(frozen.joined(separator: ", ")); \(trained) of \(all) parameters are trained"
    if let path, !options.layers.isGiven {
      line += " (as \(path) says; --freeze none trains all)"
    }
    notes.append(line)
    if source == nil {
      notes.append("Warning: without --model, frozen layers keep their random start")
    }
  }

  /// Gives the network the data's classes and matrix size. The last layer with weights is made anew,
  /// and any other whose shapes do not agree any more; all others are kept.
  private mutating func remake(
    _ model: KerasModel, at path: String, header: BatchesHeader, data: String
  ) throws {
    let old = ParameterLayout(model.architecture)
    architecture.input.width = header.matrixSize
    guard let last = old.tensors.last?.layerIndex,
      case .dense(var dense) = architecture.layers[last].kind
    else {
      throw Failure(
        .badData, "--new-classifier: the last layer with weights is not a Dense layer", at: path)
    }
    dense.units = header.classes.count
    architecture.layers[last].kind = .dense(dense)
    try architecture.check()
    let new = ParameterLayout(architecture)
    for index in architecture.layers.indices {
      let (before, now) = (old.tensors(ofLayer: index), new.tensors(ofLayer: index))
      if index == last || before.map(\.shape) != now.map(\.shape) {
        anew.insert(architecture.layers[index].name)
        architecture.layers[index].trainable = true
      }
    }
    let kept = architecture.layersWithWeights.filter { !anew.contains($0) }
    let made = architecture.layersWithWeights.filter(anew.contains)
    notes.append(
      "made anew: \(made.joined(separator: ", ")), for \(header.classes.joined(separator: ", ")); "
        + "kept from \(path): \(kept.isEmpty ? "nothing" : kept.joined(separator: ", "))")
    if let margin = model.margin, let wanted = header.margin, margin != wanted {
      notes.append(
        "Warning: \(path) was trained with a margin of \(margin), \(data) has \(wanted)")
    }
  }

  /// Sets the weights on rank 0: everything from the seed, then what is kept.
  func fill(_ net: PeakNet, seed: UInt64) {
    guard let source else { return net.initializeGlorotUniform(seed: seed) }
    guard !anew.isEmpty else {
      _ = net.weights.all.update(fromContentsOf: source.weights)
      return
    }
    net.initializeGlorotUniform(seed: seed)
    let old = ParameterLayout(source.architecture)
    for (from, to) in zip(old.tensors, net.layout.tensors) where !anew.contains(to.layer) {
      _ = net.weights[to.range].update(fromContentsOf: source.weights[from.range])
    }
  }
}

extension KerasModel {
  /// Checks that the model was made for matrices and classes like the data's: by what it says where
  /// it was written by this program, by shapes where it was not.
  /// - Throws: `Failure(.badData)` that says both.
  func checkFit(_ header: BatchesHeader, at path: String, data: String) throws {
    let size = architecture.matrixSize
    guard size == header.matrixSize else {
      throw Failure(
        .badData, "the model is for other matrices than the data has", at: "\(path) and \(data)",
        expected: "matrices of \(size) points (the model)",
        found: "\(header.matrixSize) points (the data)",
        hint: "Prepare the data with --matrix-size \(size), or give --new-classifier: it keeps the "
          + "layers whose shapes agree and makes the others anew.")
    }
    let count = architecture.classCount
    guard count == header.classes.count, classes == nil || classes == header.classes else {
      let names = classes.map { ": \($0.joined(separator: ", "))" } ?? ""
      throw Failure(
        .badData, "the model is for other classes than the data has", at: "\(path) and \(data)",
        expected: "\(count) classes (the model)\(names)",
        found: "\(header.classes.count) classes (the data): "
          + header.classes.joined(separator: ", "),
        hint: (count == header.classes.count
          ? "Where only the names differ, prepare the data with the model's (--merge YOURS=ITS). "
          : "") + "--new-classifier makes the last layer anew for the data's classes.")
    }
    if let margin, let found = header.margin, margin != found {
      throw Failure(
        .badData, "the model is for another margin than the data has", at: "\(path) and \(data)",
        expected: "a margin of \(margin) (the model)", found: "\(found) (the data)",
        hint: "Prepare the data with --margin \(margin), or give --new-classifier to adapt the "
          + "model.")
    }
  }
}
