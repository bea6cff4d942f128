import Glibc

/// Files that others may read at any moment: written under a temporary name in the same folder,
/// flushed to the disk, then renamed. A reader sees the old file or the new one, whole, also after
/// a crash or a power cut.
public enum AtomicFile {
  /// - Parameters:
  ///   - path: the file to make or replace; through a symbolic link, the file that it leads to.
  ///   - body: writes everything to the path it is given, and closes it.
  /// - Throws: `Failure`: `.cannotCreate` when the folder is missing or not writable, or `path` is a
  ///   folder, device or pipe; `.inputOutput` when writing fails; and what `body` throws, naming
  ///   `path` where it named the temporary file. The temporary file is then removed, and a file that
  ///   was at `path` is as before.
  public static func write(
    to path: String, _ body: (_ temporaryPath: String) throws -> Void
  ) throws {
    let (folder, name) = split(try target(of: path))
    let temporary = "\(folder)/.\(name).\(getpid()).part"
    try create(temporary, for: path)
    let unfinished = UnfinishedFile(temporary)
    defer { withExtendedLifetime(unfinished) {} }
    do {
      try body(temporary)
      try flush(temporary, named: path)
      guard rename(temporary, "\(folder)/\(name)") == 0 else {
        throw failure(.cannotCreate, "renaming", path)
      }
    } catch {
      unlink(temporary)
      throw named(error, path, insteadOf: temporary)
    }
    try flush(folder, named: folder)
  }

  /// Writes a text, as UTF-8.
  /// - Throws: `Failure`, as above.
  public static func write(_ text: String, to path: String) throws {
    try write(to: path) { temporary in
      let descriptor = open(temporary, O_WRONLY | O_TRUNC | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(.inputOutput, "opening", path) }
      var reason = writeAll(text, to: descriptor)
      if close(descriptor) != 0, reason == 0 { reason = errno }
      guard reason == 0 else { throw failure(.inputOutput, "writing", path, reason) }
    }
  }

  /// The file to replace: `path`, or where its symbolic links lead. Renaming onto a device or pipe
  /// would put a file in its place, so that there must be a regular file or nothing.
  private static func target(of path: String) throws -> String {
    var info = stat()
    guard stat(path, &info) == 0 else { return path }
    guard info.st_mode & S_IFMT == S_IFREG else {
      let isFolder = info.st_mode & S_IFMT == S_IFDIR
      throw Failure(
        .cannotCreate, isFolder ? "is a folder" : "is a device or pipe, not a file", at: path,
        expected: "the name of a file")
    }
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// A failure that names the file which the user knows.
  private static func named(
    _ error: any Error, _ path: String, insteadOf temporary: String
  ) -> any Error {
    guard var failure = error as? Failure, let place = failure.place,
      place.hasPrefix(temporary)
    else { return error }
    failure.place = path + place.dropFirst(temporary.count)
    return failure
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

  private static func failure(
    _ code: Failure.Code, _ doing: String, _ path: String, _ reason: Int32 = errno
  ) -> Failure {
    Failure(
      code, "cannot be written (\(doing))", at: path, found: String(cString: strerror(reason)))
  }
}
