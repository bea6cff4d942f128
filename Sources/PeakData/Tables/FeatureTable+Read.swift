import Foundation
import Support

extension FeatureTable {
  /// Reads the feature table of an experiment: every peak, in the order in which NeatMS numbers and
  /// exports them.
  ///
  /// mzMine: an aligned table, or a folder with one table a sample. XCMS: one table. peakonly: a
  /// folder with one table a sample, each named like its raw file. Folders are read in order of name.
  /// - Parameter keepsXCMS: whether the table gets the columns that only XCMS has.
  /// - Throws: `Failure`: missing file (66); missing or repeated columns, repeated samples, a cell
  ///   that is no number, a malformed row (65), with file, line and column; no row at all (65).
  public static func read(
    _ path: String, format: FeatureTableFormat, keepsXCMS: Bool = true
  ) throws -> FeatureTable {
    let files = try tables(at: path, format)
    var rows = 0
    let table =
      switch format {
      case .mzmine: try readMZmine(files, rows: &rows)
      case .xcms: try readXCMS(files[0], keepsXCMS: keepsXCMS, rows: &rows)
      case .peakonly: try readPeakonly(files, rows: &rows)
      }
    guard rows > 0 else {
      throw Failure(
        .badData, files == [path] ? "has no row" : "none of its \(files.count) tables has a row",
        at: path, expected: "a header and rows with peaks", found: "a header only")
    }
    return table
  }

  /// The file itself, or the `.csv` files of the folder in order of name.
  private static func tables(
    at path: String, _ format: FeatureTableFormat
  ) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(.missingInput, "no such feature table", at: path)
    }
    guard isFolder.boolValue else { return [path] }
    guard format != .xcms else {
      throw Failure(
        .missingInput, "is a folder", at: path,
        expected: "one CSV file with the peaks of all samples",
        hint: "XCMS: write.csv of chromPeaks with a column sample_name.")
    }
    let files = try FolderListing.files(of: path) { $0.lowercased().hasSuffix(".csv") }
    guard !files.isEmpty else {
      throw Failure(
        .missingInput, "the folder holds no feature table", at: path,
        expected: "one .csv file a sample")
    }
    return files
  }
}

/// The files of a folder, in order of name.
enum FolderListing {
  /// Paths of the regular files (also through links) whose names are wanted; hidden files are not
  /// listed.
  /// - Throws: `Failure(.missingInput)` when the folder cannot be listed.
  static func files(of folder: String, where isWanted: (String) -> Bool) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw Failure(
        .missingInput, "the folder cannot be listed", at: folder,
        found: (error as NSError).localizedDescription)
    }
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    return names.filter { !$0.hasPrefix(".") && isWanted($0) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { start + $0 }
      .filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
          && !isFolder.boolValue
      }
  }
}
