import Foundation
import Support

/// Checks an output file before long work begins, rather than after.
enum OutputFile {
  /// - Parameter inputs: files and folders that are read, and must not be replaced.
  /// - Throws: `Failure(.cannotCreate)` where the file exists and may not be replaced, is an input, or
  ///   no ordinary file, or where its folder does not exist or cannot be written.
  static func check(_ path: String, overwrite: Bool, inputs: [String]) throws {
    var info = stat()
    if stat(path, &info) == 0 {
      try checkKind(info.st_mode, path)
      for input in inputs where isSame(info, input) {
        throw Failure(
          .cannotCreate, "is an input of this command: it would be lost", at: path,
          hint: "Give the output another name.")
      }
      if !overwrite {
        throw Failure(
          .cannotCreate, "exists already", at: path,
          hint: "Give another name, or --overwrite to replace it.")
      }
    } else if let input = inputs.first(where: { standardized($0) == standardized(path) }) {
      throw Failure(.cannotCreate, "is also the name of \(input)", at: path)
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    // Asking is not enough: /proc looks writable to root.
    let trial = "\(folder)/.\(UUID().uuidString).part"
    let descriptor = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(
        .cannotCreate, "the folder of the output does not exist or cannot be written", at: folder,
        found: String(cString: strerror(errno)))
    }
    close(descriptor)
    unlink(trial)
  }

  private static func checkKind(_ mode: mode_t, _ path: String) throws {
    switch mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Failure(.cannotCreate, "is a folder, not a file", at: path)
    default: throw Failure(.cannotCreate, "is a device or a pipe, not a file", at: path)
    }
  }

  private static func isSame(_ info: stat, _ path: String) -> Bool {
    var other = stat()
    return stat(path, &other) == 0 && other.st_dev == info.st_dev && other.st_ino == info.st_ino
  }

  private static func standardized(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path
  }
}
