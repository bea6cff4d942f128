import Foundation
import Support

/// Keeps a second run out of a run folder while one is writing there; let go with its last
/// reference, also by a kill. A file system without locks does not keep anyone out.
public final class FolderLock {
  private let descriptor: Int32

  /// - Throws: `Failure(.cannotCreate)` where another process holds the folder.
  init(_ folder: String) throws {
    descriptor = open(folder + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else {
      return
    }
    close(descriptor)
    throw Failure(
      .cannotCreate, "another run is writing to this folder", at: folder,
      hint: "wait for its end, or choose another folder with --out")
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
