import Glibc

/// Files that others may read at any moment: written under a temporary name in the same folder,
/// flushed to the disk, then renamed. A reader sees the old file or the new one, whole, also after
/// a crash or a power cut.
public enum AtomicFile {
  /// - Parameters:
  ///   - path: the file to make or replace.
  ///   - body: writes everything to the path it is given, and closes it.
  /// - Throws: `Failure`: `.cannotCreate` when the folder is missing or not writable, or `path` is a
  ///   folder; `.inputOutput` when writing fails; and what `body` throws. The temporary file is then
  ///   removed, and a file that was at `path` is as before.
  public static func write(
    to path: String, _ body: (_ temporaryPath: String) throws -> Void
  ) throws {
    let (folder, name) = split(path)
    var info = stat()
    if stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFDIR {
      throw Failure(.cannotCreate, "is a folder", at: path, expected: "the name of a file")
    }
    let temporary = "\(folder)/.\(name).\(getpid()).part"
    try create(temporary, for: path)
    do {
      try body(temporary)
      try flush(temporary, named: path)
      guard rename(temporary, path) == 0 else { throw failure(.cannotCreate, "renaming", path) }
    } catch {
      unlink(temporary)
      throw error
    }
    try flush(folder, named: folder)
  }

  /// The folder ("." when the path names none) and the file's name.
  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  /// Makes the temporary file, so that an unwritable folder is found before `body` works.
  private static func create(_ temporary: String, for path: String) throws {
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(.cannotCreate, "creating", path) }
    close(descriptor)
  }

  /// fsync of a file or folder.
  private static func flush(_ path: String, named name: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(.inputOutput, "opening again", name) }
    defer { close(descriptor) }
    // Some network file systems cannot flush a folder (EINVAL): there is nothing more to do then.
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw failure(.inputOutput, "flushing to the disk", name)
    }
  }

  private static func failure(_ code: Failure.Code, _ doing: String, _ path: String) -> Failure {
    Failure(code, "cannot be written (\(doing))", at: path, found: String(cString: strerror(errno)))
  }
}
