import HDF5
import Model
import Support

/// Keras's model files: whole models in legacy HDF5 (`.h5`) and in a zip (`.keras`), and weights
/// alone (`.h5`, `.weights.h5`). What a file is, is told by its content, not by its name.
public enum KerasFile {
  /// What files say wrote them, as the formats are those of that Keras.
  static let kerasVersion = "2.15.0"
  static let kerasZipVersion = "3.0.0"
  static let backend = "tensorflow"

  /// Reads a model, with the optimizer's state where the file holds it: files of this program, of
  /// Keras 2.0 to 2.15, tf-keras and Keras 3, for networks that are a chain of the layers of
  /// `Layer.Kind`.
  ///
  /// For more that an `.h5` holds (`write`'s `alsoWriting`), open it with `H5File`.
  /// - Parameter matrixSize: of the data at hand: decides where a file of weights fits two sizes.
  /// - Throws: `Failure`: `.missingInput` for no such file; `.badData` for one that is not a whole
  ///   Keras model, for another kind of network (naming the layer), wrong shapes, and weights that
  ///   are not finite.
  public static func read(_ path: String, matrixSize: Int?) throws -> KerasModel {
    if ZipArchive.starts(path) { return try readZip(path) }
    let file = try openHDF5(path)
    try H5Vetting.check(file.root)
    if try file.root.hasAttribute("model_config") { return try readLegacy(file.root, path) }
    if let layers = try WeightsOnly.layers(file.root) {
      return try WeightsOnly.model(layers, file.root, path, matrixSize: matrixSize)
    }
    throw try notAModel(file.root, path)
  }

  private static func openHDF5(_ path: String) throws -> H5File {
    do {
      return try H5File(reading: path, as: "Keras model (.h5 or .keras)")
    } catch let failure as Failure {
      throw failure.code == .badData ? ZipArchive.shifted(path) ?? failure : failure
    }
  }

  /// Reads a model, as above; where a file of weights fits two matrix sizes, for the even one.
  public static func read(_ path: String) throws -> KerasModel {
    try read(path, matrixSize: nil)
  }

  /// A whole model in legacy HDF5.
  private static func readLegacy(_ root: borrowing H5Group, _ path: String) throws -> KerasModel {
    let place = "\(path), model_config"
    let config = try root.string(attribute: "model_config") ?? ""
    let architecture = try ModelConfig.architecture(try JSON.parse(config, place), place)
    let layout = ParameterLayout(architecture)
    var model = KerasModel(architecture: architecture, weights: try Weights.read(root, layout))
    if let training = try root.string(attribute: "training_config") {
      let description = try JSON.parse(training, "\(path), training_config")
      try model.readTraining(
        description, at: "\(path), training_config", root, OptimizerWeights.read)
    }
    try readAttributes(of: root, into: &model, path)
    return model
  }

  /// Who wrote a file, and what this program added.
  static func readAttributes(
    of root: borrowing H5Group, into model: inout KerasModel, _ path: String
  ) throws {
    model.kerasVersion = try root.string(attribute: "keras_version")
    model.backend = try root.string(attribute: "backend")
    model.programVersion = try root.string(attribute: "neatms_dist_version")
    model.classes = try root.strings(attribute: "neatms_classes")
    model.margin = try root.number(attribute: "neatms_margin")
    model.minScanNum = try root.number(attribute: "neatms_min_scan_num", as: Int64.self)
      .map(Int.init)
    try checkFacts(of: model, path)
  }

  private static func notAModel(_ root: borrowing H5Group, _ path: String) throws -> Failure {
    let isBatches = try root.hasAttribute("classes") && root.hasAttribute("matrix_size")
    return Failure(
      .badData, "is HDF5, but not a Keras model", at: path,
      expected: "the attribute model_config, or weights",
      found: isBatches ? "a batches file" : "neither")
  }
}
