import Foundation
import Support

/// The open file behind a `SharedSegment`. Closes itself, and removes its name.
final class SegmentFile {
  let path: String
  let descriptor: Int32
  private var hasName: Bool

  /// Creates an empty file where there is room for `bytes` and a tenth more: the first rank.
  /// - Throws: `Failure` naming the folders and how much each has.
  init(roomFor bytes: Int) throws {
    let folder = try Self.folder(for: bytes)
    var template = Array("\(folder)/neatms-dist-XXXXXX".utf8CString)
    descriptor = mkstemp(&template)
    path = template.text
    hasName = descriptor >= 0
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw Failure(
        .cannotCreate, "cannot make a file for the memory that the ranks of a host share",
        at: folder, found: String(cString: strerror(errno)),
        hint: "Set TMPDIR to a folder you may write to.")
    }
  }

  /// Opens the first rank's file: the other ranks.
  init(opening path: String, writing: Bool) throws {
    self.path = path
    hasName = false
    descriptor = open(path, (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(
        .inputOutput, "cannot open the memory that the ranks of a host share", at: path,
        found: String(cString: strerror(errno)))
    }
  }

  deinit {
    removeName()
    if descriptor >= 0 { close(descriptor) }
  }

  /// /dev/shm, else TMPDIR, else /tmp.
  static func folder(
    for bytes: Int, candidates: [String] = ["/dev/shm", NSTemporaryDirectory()]
  ) throws -> String {
    var facts: [String] = []
    for folder in candidates {
      let free = freeBytes(folder)
      if let free, free >= bytes + bytes / 10, access(folder, W_OK) == 0 { return folder }
      facts.append("\(folder): \(free?.inMegabytes ?? "not there")")
    }
    throw Failure(
      .cannotCreate, "no room for the dataset, which the ranks of a host share",
      expected: "\((bytes + bytes / 10).inMegabytes) free", found: facts.joined(separator: ", "),
      hint: "Free some space, or set TMPDIR to a folder with more. Containers: --shm-size.")
  }

  private static func freeBytes(_ folder: String) -> Int? {
    var info = statvfs()
    guard statvfs(folder, &info) == 0 else { return nil }
    let (bytes, overflow) = Int(info.f_bavail).multipliedReportingOverflow(by: Int(info.f_frsize))
    return overflow ? .max : bytes
  }

  /// Takes the blocks from the file system.
  func reserve(_ bytes: Int) throws {
    var code: Int32
    repeat { code = posix_fallocate(descriptor, 0, bytes) } while code == EINTR
    guard code == 0 else {
      throw Failure(
        .cannotCreate, "no room for the dataset, which the ranks of a host share", at: path,
        expected: bytes.inMegabytes, found: String(cString: strerror(code)),
        hint: "Free some space, or set TMPDIR to a folder with more.")
    }
  }

  /// Removes the name; the memory lives as long as someone has it open or mapped.
  func removeName() {
    if hasName { unlink(path) }
    hasName = false
  }
}

extension Int {
  /// "1.9 GB", "12 MB".
  var inMegabytes: String {
    self >= 1_000_000_000
      ? String(format: "%.1f GB", Double(self) / 1e9) : "\((self + 999_999) / 1_000_000) MB"
  }
}
