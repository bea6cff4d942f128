import Foundation
import Support

/// The folder of an experiment's raw files.
public struct RawFolder: Sendable {
  public let folder: String
  /// Paths of the `.mzML` and `.mzML.gz` files (in any case), in order of name. Other files, hidden
  /// files and folders are not looked at.
  public let files: [String]
  private let names: SampleNames

  /// - Throws: `Failure(.missingInput)` when there is no such folder, or no mzML file in it.
  public init(_ folder: String) throws {
    self.folder = folder
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw Failure(.missingInput, "no such folder of raw files", at: folder)
    }
    guard isFolder.boolValue else {
      throw Failure(
        .missingInput, "is a file", at: folder, expected: "the folder with the raw files")
    }
    files = try FolderListing.files(of: folder) { name in
      let name = name.lowercased()
      return name.hasSuffix(".mzml") || name.hasSuffix(".mzml.gz")
    }
    guard !files.isEmpty else {
      throw Failure(
        .missingInput, "the folder holds no raw file", at: folder, expected: ".mzML or .mzML.gz",
        hint: "ProteoWizard's msconvert makes mzML of vendors' files.")
    }
    names = SampleNames(files.map(Self.name))
  }

  /// The path of each sample's raw file: the file of that name, else the only one whose name without
  /// suffix is the sample's.
  /// - Parameter table: the feature table's path, for messages.
  /// - Throws: `Failure(.missingInput)` that names the samples without a file; `Failure(.badData)`
  ///   for one that several files could be, and for two samples with the same file.
  public func paths(for samples: [String], table: String) throws -> [String] {
    var paths: [String] = []
    var missing: [String] = []
    var owners: [String: String] = [:]
    for sample in samples {
      switch names.match(sample) {
      case .found(let index):
        try claim(index, for: sample, &owners, table)
        paths.append(files[index])
      case .none: missing.append(sample)
      case .several(let several):
        throw Failure(
          .badData, "several raw files could be the sample \(sample)", at: table,
          found: several.map { Self.name(files[$0]) }.joined(separator: ", "),
          hint: "Leave only one of them in \(folder).")
      }
    }
    guard missing.isEmpty else { throw withoutFile(missing, of: samples.count, table) }
    return paths
  }

  /// Samples may lack a file here, but not share one.
  /// - Parameter table: the feature table's path, for messages.
  /// - Throws: `Failure(.badData)` for two samples with the same file.
  public func checkApart(_ samples: [String], table: String) throws {
    var owners: [String: String] = [:]
    for sample in samples {
      guard case .found(let index) = names.match(sample) else { continue }
      try claim(index, for: sample, &owners, table)
    }
  }

  private func claim(
    _ file: Int, for sample: String, _ owners: inout [String: String], _ table: String
  ) throws {
    guard let owner = owners.updateValue(sample, forKey: files[file]) else { return }
    throw Failure(
      .badData, "the samples \(owner) and \(sample) have the same raw file", at: table,
      found: files[file])
  }

  private func withoutFile(_ missing: [String], of count: Int, _ table: String) -> Failure {
    let list = missing.prefix(5).joined(separator: ", ")
    let more = missing.count > 5 ? " and \(missing.count - 5) more" : ""
    let there = files.prefix(3).map(Self.name).joined(separator: ", ")
    return Failure(
      .missingInput,
      "no raw file in \(folder) for \(missing.count) of \(count) samples: "
        + list + more, at: table, found: there + (files.count > 3 ? ", …" : ""))
  }

  private static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
