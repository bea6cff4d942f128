import Foundation
import Support

/// Checks an output file before long work begins, rather than after.
enum OutputFile {
  /// - Throws: `Failure(.cannotCreate)` where the file exists and may not be replaced, or its folder
  ///   does not exist or cannot be written.
  static func check(_ path: String, overwrite: Bool) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      if isFolder.boolValue {
        throw Failure(.cannotCreate, "is a folder, not a file", at: path)
      }
      if !overwrite {
        throw Failure(
          .cannotCreate, "exists already", at: path,
          hint: "Give another name with --out, or --overwrite to replace it.")
      }
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw Failure(
        .cannotCreate, "the folder of the output does not exist or cannot be written", at: folder)
    }
  }
}
