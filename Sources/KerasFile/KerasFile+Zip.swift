import Foundation
import HDF5
import Model
import Support

/// `.keras`: a zip file of `config.json` (the network and how it is compiled), `metadata.json` (who
/// wrote it) and `model.weights.h5`.
extension KerasFile {
  /// Limits of what is unpacked into memory: far above any network of `Architecture.sizeLimit`.
  private static let textLimit = 16 << 20
  private static let weightsLimit = 4 << 30

  static func readZip(_ path: String) throws -> KerasModel {
    let zip = try ZipArchive.open(path)
    let config = try json(zip, "config.json")
    let metadata = try json(zip, "metadata.json")
    let architecture = try ModelConfig.architecture(config, "\(path), config.json")
    let name = "model.weights.h5"
    let file = try H5File(
      image: zip.bytes(of: name, limit: weightsLimit), named: "\(path), \(name)")
    try H5Vetting.check(file.root)
    var model = KerasModel(
      architecture: architecture,
      weights: try LayerVariables.read(
        file.root, architecture, ParameterLayout(architecture)))
    model.format = .keras
    if let compiled = config["compile_config"] {
      try model.readTraining(
        compiled, at: "\(path), config.json, compile_config", file.root, OptimizerVariables.read)
    }
    model.kerasVersion = metadata["keras_version"]?.string
    model.programVersion = metadata["neatms_dist_version"]?.string
    model.classes = try classes(metadata, "\(path), metadata.json")
    model.margin = metadata["neatms_margin"]?.number
    model.minScanNum = metadata["neatms_min_scan_num"]?.integer
    try checkFacts(of: model, "\(path), metadata.json")
    return model
  }

  private static func json(_ zip: ZipArchive, _ name: String) throws -> JSON {
    let bytes = try zip.bytes(of: name, limit: textLimit)
    return try JSON.parse(String(decoding: bytes, as: UTF8.self), "\(zip.path), \(name)")
  }

  private static func classes(_ metadata: JSON, _ place: String) throws -> [String]? {
    guard let names = metadata["neatms_classes"] else { return nil }
    let texts = names.array?.compactMap(\.string)
    guard let texts, texts.count == names.array?.count else {
      throw Failure(
        .badData, "is damaged", at: "\(place), neatms_classes", expected: "a list of names",
        found: String(names.text.prefix(40)))
    }
    return texts
  }

  /// Writes a whole model that Keras 3 opens as its own, compiled and with the optimizer's state, so
  /// that it goes on training where this model stopped. Class names, margin and minimum scans are in
  /// `metadata.json`. The file appears whole or not at all, and the same model gives the same bytes.
  /// - Throws: `Failure`, as `write`.
  public static func writeZip(_ model: KerasModel, to path: String) throws {
    try check(model, path)
    let bytes = try zip(model, path)
    try AtomicFile.write(to: path) { try bytes.write(to: $0, named: path) }
  }

  /// Writes the weights alone, in the layout of Keras 3's `.weights.h5`, which Keras 2.12 to 2.15
  /// read as well under a name that ends so. The optimizer's state is there, too, and in attributes
  /// of ours, which Keras ignores, the network and what else this program wants to know again.
  /// - Throws: `Failure`, as `write`.
  public static func writeWeights(_ model: KerasModel, to path: String) throws {
    try check(model, path)
    let bytes = try weightsFile(model, path) { root in
      try root.set(attribute: "keras_version", kerasZipVersion, ascii: true)
      try root.set(
        attribute: WeightsOnly.configAttribute, ModelConfig.json(model.architecture).text,
        ascii: true)
      try writeOwnAttributes(model, to: root)
    }
    try AtomicFile.write(to: path) { try bytes.write(to: $0, named: path) }
  }

  private static func zip(_ model: KerasModel, _ path: String) throws -> [UInt8] {
    var facts: [(key: String, value: JSON)] = [
      ("keras_version", .string(kerasZipVersion)), ("neatms_dist_version", .string(packageVersion)),
    ]
    if let classes = model.classes {
      facts.append(("neatms_classes", .array(classes.map(JSON.string))))
    }
    if let margin = model.margin { facts.append(("neatms_margin", .number(margin))) }
    if let count = model.minScanNum { facts.append(("neatms_min_scan_num", .integer(count))) }
    let config = ModelConfig.keras3(model.architecture, compiled: model.optimizer)
    var zip = ZipWriter()
    zip.add("metadata.json", Array(JSON.object(facts).text.utf8))
    zip.add("config.json", Array(config.text.utf8))
    zip.add("model.weights.h5", try weightsFile(model, path))
    return zip.finish()
  }

  private static func weightsFile(
    _ model: KerasModel, _ path: String,
    alsoWriting extra: ((borrowing H5Group) throws -> Void)? = nil
  ) throws -> [UInt8] {
    let layout = ParameterLayout(model.architecture)
    return try H5File.image(for: path) { root in
      try LayerVariables.write(model.weights, model.architecture, layout, to: root)
      if let optimizer = model.optimizer, let state = model.optimizerState {
        try OptimizerVariables.write(state, optimizer, model.architecture, to: root)
      }
      try extra?(root)
    }
  }
}

extension [UInt8] {
  /// Writes the bytes into a file that is there.
  func write(to temporary: String, named path: String) throws {
    let descriptor = open(temporary, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(
        .cannotCreate, "cannot be written", at: path, found: String(cString: strerror(errno)))
    }
    var reason = withUnsafeBytes { writeAll($0, to: descriptor) }
    if close(descriptor) != 0, reason == 0 { reason = errno }
    guard reason == 0 else {
      throw Failure(
        .inputOutput, "cannot be written", at: path, found: String(cString: strerror(reason)))
    }
  }
}
