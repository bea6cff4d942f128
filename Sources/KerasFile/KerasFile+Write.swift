import HDF5
import Model
import Support

extension KerasFile {
  /// Writes a whole model that Keras 2.3 to 2.15, Keras 3 and NeatMS open: architecture, weights,
  /// and, when known, how it is compiled and the optimizer's state. Class names, margin and minimum
  /// scans become root attributes (`neatms_classes`, …), which Keras ignores. The file appears whole
  /// or not at all.
  /// - Parameters:
  ///   - extra: adds groups of its own to the root group, such as `neatms_dist`.
  /// - Throws: `Failure`: `.cannotCreate` or `.inputOutput` for the file; `.internalError` for
  ///   parts that do not fit together; `.badData` for weights that are not finite, which nobody
  ///   could read again; and what `extra` throws.
  public static func write(
    _ model: KerasModel, to path: String,
    alsoWriting extra: ((borrowing H5Group) throws -> Void)? = nil
  ) throws {
    let layout = ParameterLayout(model.architecture)
    try check(model, path)
    try AtomicFile.write(to: path) { temporary in
      try H5File.create(temporary) { root in
        try writeAttributes(model, to: root)
        try Weights.write(model.weights, model.architecture, layout, to: root)
        if let optimizer = model.optimizer, let state = model.optimizerState {
          try OptimizerWeights.write(state, optimizer, model.architecture, to: root)
        }
        try extra?(root)
      }
    }
  }

  private static func writeAttributes(_ model: KerasModel, to root: borrowing H5Group) throws {
    try root.set(attribute: "keras_version", kerasVersion, ascii: true)
    try root.set(attribute: "backend", backend, ascii: true)
    let config = ModelConfig.json(model.architecture)
    try root.set(attribute: "model_config", config.text, ascii: true)
    if let optimizer = model.optimizer {
      try root.set(
        attribute: "training_config", TrainingConfig.json(optimizer).text, ascii: true)
    }
    try writeOwnAttributes(model, to: root)
  }

  /// What only this program knows of: Keras ignores it.
  static func writeOwnAttributes(_ model: KerasModel, to root: borrowing H5Group) throws {
    try root.set(attribute: "neatms_dist_version", packageVersion)
    if let classes = model.classes { try root.set(attribute: "neatms_classes", classes) }
    if let margin = model.margin { try root.set(attribute: "neatms_margin", margin) }
    if let count = model.minScanNum {
      try root.set(attribute: "neatms_min_scan_num", Int64(count))
    }
  }

  /// Whether a model's parts fit together, and can be read again.
  static func check(_ model: KerasModel, _ path: String) throws {
    let layout = ParameterLayout(model.architecture)
    func expect(_ what: String, _ expected: Int, _ found: Int) throws {
      if expected == found { return }
      throw Failure(
        .internalError, "\(what) do not fit the network", at: path, expected: "\(expected)",
        found: "\(found)")
    }
    try expect("the weights", layout.count, model.weights.count)
    if let classes = model.classes {
      try expect("the class names", model.architecture.classCount, classes.count)
    }
    try checkFacts(of: model, path)
    try checkNumbers(of: model.optimizer, path)
    if let optimizer = model.optimizer, let state = model.optimizerState {
      try expect("the optimizer's slots", optimizer.slotNames.count, state.slots.count)
      for slot in state.slots { try expect("the optimizer's moments", layout.count, slot.count) }
    }
    for values in [model.weights] + (model.optimizerState?.slots ?? []) {
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { continue }
      let tensor = layout.tensors.first { $0.range.contains(bad) }
      throw Failure(
        .badData, "the model holds a value that is not finite, and is not written",
        at: "\(path), \(tensor?.kerasName ?? "?")", found: "\(values[bad])",
        hint: "The training diverged: use an earlier model, or a lower learning rate.")
    }
  }
}
