import CHDF5
import Glibc
import Support

// For a file that others read, give the temporary path of `AtomicFile.write`.
extension H5File {
  /// Creates a file (emptying one that is there) and lets `body` fill it. It is made in memory and
  /// then written at once, so that a full disk is an ordinary error: for files that fit there twice.
  /// - Throws: `Failure`: `.cannotCreate`, `.inputOutput`, and what `body` throws.
  public static func create(
    _ path: String, _ body: (borrowing H5Group) throws -> Void
  ) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Failure(
        .cannotCreate, "cannot be created", at: path, found: String(cString: strerror(errno)))
    }
    var reason: Int32
    do {
      let image = try image(for: path, body)
      reason = image.withUnsafeBytes { writeAll($0, to: descriptor) }
    } catch {
      close(descriptor)
      throw error
    }
    if close(descriptor) != 0, reason == 0 { reason = errno }
    guard reason == 0 else {
      throw Failure(
        .inputOutput, "cannot be written", at: path, found: String(cString: strerror(reason)))
    }
  }

  /// Creates a file of any size (emptying one that is there), lets `body` fill it on the disk, and
  /// closes it. Memory does not grow with the file.
  /// - Throws: `Failure`: `.cannotCreate`, `.inputOutput`, and what `body` throws.
  public static func createInPlace(
    _ path: String, _ body: (borrowing H5Group) throws -> Void
  ) throws {
    let place = Place(file: path)
    let id = try fill(place, inMemory: false, body)
    try Library.check("cannot be closed", at: place, .inputOutput) { chdf5_close(id) }
  }

  /// The bytes of a file that `body` fills, made in memory only.
  /// - Parameter path: what to call it in messages.
  /// - Throws: `Failure(.inputOutput)`, and what `body` throws.
  public static func image(
    for path: String, _ body: (borrowing H5Group) throws -> Void
  ) throws -> [UInt8] {
    let place = Place(file: path)
    let id = try fill(place, inMemory: true, body)
    defer { Library.release(id) }
    let size = try Library.check("cannot be made", at: place, .inputOutput) {
      chdf5_file_image(id, nil, 0)
    }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    try Library.check("cannot be made", at: place, .inputOutput) {
      chdf5_file_image(id, &bytes, bytes.count)
    }
    return bytes
  }

  /// A new open file with everything written out, so that a full disk is an error and not lost data.
  private static func fill(
    _ place: Place, inMemory: Bool, _ body: (borrowing H5Group) throws -> Void
  ) throws -> Int64 {
    let id = try Library.check("cannot be created", at: place, .cannotCreate) {
      chdf5_file_create(place.file, inMemory ? 1 : 0)
    }
    do {
      let root = H5Group(
        id: try Library.check("cannot be written", at: place, .inputOutput) {
          chdf5_group_open(id, "/")
        }, place: place)
      try body(root)
      try Library.check("cannot be written", at: place, .inputOutput) { chdf5_file_flush(id) }
    } catch {
      Library.release(id)
      throw error
    }
    return id
  }
}
