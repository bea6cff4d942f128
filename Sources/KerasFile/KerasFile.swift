import HDF5
import Model
import Support

/// Keras's legacy HDF5 model files: `model.save("….h5")`.
public enum KerasFile {
  /// What written files say wrote them: the Keras whose format they have.
  static let kerasVersion = "2.15.0"
  static let backend = "tensorflow"

  /// Reads a model, with the optimizer's state where the file holds it: files of this program, of
  /// Keras 2.3 to 2.15 and of Keras 3, for networks that are a chain of the layers of `Layer.Kind`.
  ///
  /// For more that a file holds (`write`'s `alsoWriting`), open it with `H5File`.
  /// - Throws: `Failure`: `.missingInput` for no such file; `.badData` for one that is not a whole
  ///   Keras model, for another kind of network (naming the layer), wrong shapes, and weights that
  ///   are not finite.
  public static func read(_ path: String) throws -> KerasModel {
    let file = try H5File(reading: path, as: "Keras model (.h5)")
    let config = try json(file.root, "model_config", path)
    guard let config else { throw try notAModel(file.root, path) }
    let architecture = try ModelConfig.architecture(config, "\(path), model_config")
    let layout = ParameterLayout(architecture)
    var model = KerasModel(
      architecture: architecture, weights: try Weights.read(file.root, layout))
    if let training = try json(file.root, "training_config", path) {
      model.optimizer = TrainingConfig.optimizer(training)
    }
    if let optimizer = model.optimizer {
      model.optimizerState = try OptimizerWeights.read(
        file.root, optimizer, layout, frozen: ModelConfig.frozenLayers(config))
    }
    model.kerasVersion = try file.root.string(attribute: "keras_version")
    model.backend = try file.root.string(attribute: "backend")
    model.programVersion = try file.root.string(attribute: "neatms_dist_version")
    model.classes = try file.root.strings(attribute: "neatms_classes")
    model.margin = try file.root.number(attribute: "neatms_margin")
    model.minScanNum = try file.root.number(attribute: "neatms_min_scan_num", as: Int64.self)
      .map(Int.init)
    if let classes = model.classes, classes.count != architecture.classCount {
      throw Failure(
        .badData, "the class names do not fit the network", at: "\(path), neatms_classes",
        expected: "\(architecture.classCount) names, one an output", found: "\(classes.count)")
    }
    return model
  }

  private static func json(
    _ root: borrowing H5Group, _ name: String, _ path: String
  ) throws -> JSON? {
    guard let text = try root.string(attribute: name) else { return nil }
    if let json = JSON(parsing: text) { return json }
    throw Failure(
      .badData, "is damaged", at: "\(path), \(name)", expected: "JSON",
      found: "\"\(text.prefix(40))\"")
  }

  private static func notAModel(_ root: borrowing H5Group, _ path: String) throws -> Failure {
    if try root.hasAttribute("layer_names") {
      return Failure(
        .badData, "holds weights only, without the network", at: path, expected: "a whole model",
        hint: "Save it in Keras with model.save(…) instead of model.save_weights(…).")
    }
    let isBatches = try root.hasAttribute("classes") && root.hasAttribute("matrix_size")
    return Failure(
      .badData, "is HDF5, but not a Keras model", at: path, expected: "the attribute model_config",
      found: isBatches ? "a batches file" : "no such attribute")
  }
}
