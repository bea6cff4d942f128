import CHDF5
import Glibc
import Support
import Synchronization

/// The one place that calls the HDF5 library: one call at a time (not every build of the library
/// may be used from several threads), with every code checked.
enum Library {
  private static let lock = Mutex(())

  /// What the system says when a file cannot take more: plainer than the library's own words.
  private static let systemReasons = [ENOSPC, EDQUOT, EFBIG, EIO, EROFS, EACCES, EPERM, ENOENT]

  /// Runs one call, and turns a negative code into a `Failure` that says what failed, where, and
  /// the reason: the system's for a write, if it gave one, else the library's.
  @discardableResult
  static func check<Code: SignedInteger>(
    _ what: String, at place: Place, _ code: Failure.Code = .badData,
    _ call: () -> Code
  ) throws -> Code {
    let (result, reason) = lock.withLock { _ in
      _ = chdf5_start()
      errno = 0
      let result = call()
      let number = errno
      return (result, result < 0 ? explanation(number, code) : nil)
    }
    if let reason {
      throw Failure(code, what, at: place.description, found: reason)
    }
    return result
  }

  private static func explanation(_ number: Int32, _ code: Failure.Code) -> String {
    if code != .badData, systemReasons.contains(number) { return String(cString: strerror(number)) }
    return "HDF5 says: " + String(cString: chdf5_last_error())
  }

  /// Packed strings of `chdf5_read_strings`.
  static func strings(
    _ what: String, at place: Place, count: Int,
    _ call: (UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<CChar>?
  ) throws -> [String] {
    var bytes = 0
    var packed: UnsafeMutablePointer<CChar>?
    try check(what, at: place) {
      packed = call(&bytes)
      return packed == nil ? -1 : 0
    }
    guard let packed else { return [] }
    defer { chdf5_free(packed) }
    var next = UnsafePointer(packed)
    return (0..<count).map { _ in
      let text = String(cString: next)
      while next.pointee != 0 { next += 1 }
      next += 1
      return text
    }
  }

  /// Releases an id; there is nobody to tell when that fails.
  static func release(_ id: chdf5_id) {
    lock.withLock { _ in
      _ = chdf5_start()
      _ = chdf5_close(id)
    }
  }
}

/// Where an object lies, for messages: "batches.h5, train/x".
struct Place: CustomStringConvertible {
  var file: String
  var path: [String] = []

  var description: String {
    path.isEmpty ? file : "\(file), \(path.joined(separator: "/"))"
  }

  func appending(_ name: String) -> Place { Place(file: file, path: path + [name]) }
}
