import CHDF5
import Glibc
import Support

/// An HDF5 file open for reading. Closes itself.
public struct H5File: ~Copyable {
  /// Its root group; valid while the file lives.
  public let root: H5Group
  private let id: chdf5_id

  /// Opens a file for reading.
  /// - Parameters:
  ///   - path: the file.
  ///   - kind: what the file should be, for messages: "Keras model", "batches file".
  /// - Throws: `Failure`: `.missingInput` for no such file, a folder, or one that may not be read;
  ///   `.badData` for a file that is not HDF5 or is cut short.
  public init(reading path: String, as kind: String = "HDF5 file") throws {
    try H5File.checkReadable(path, kind)
    let ids = try H5File.open(path, kind)
    id = ids.file
    root = H5Group(id: ids.root, place: Place(file: path))
  }

  /// Opens a file whose bytes are in memory.
  /// - Parameters:
  ///   - image: the bytes; they are copied.
  ///   - name: what to call it in messages: "model.keras, model.weights.h5".
  /// - Throws: `Failure(.badData)` for what is not a whole HDF5 file.
  public init(image: [UInt8], named name: String, as kind: String = "HDF5 file") throws {
    let place = Place(file: name)
    guard image.starts(with: H5File.signature) else {
      throw Failure(.badData, "is not an HDF5 file", at: name, expected: kind)
    }
    let file: Int64
    do {
      file = try Library.check("cannot be opened", at: place) {
        chdf5_file_open_image(image, image.count)
      }
    } catch let failure as Failure {
      throw Failure(
        .badData, "is damaged or cut short", at: name, expected: kind, found: failure.found,
        hint: "Copy or make the file again.")
    }
    do {
      let root = try Library.check("cannot be read", at: place) { chdf5_group_open(file, "/") }
      id = file
      self.root = H5Group(id: root, place: place)
    } catch {
      Library.release(file)
      throw error
    }
  }

  /// The first bytes of every HDF5 file that has no user block.
  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func open(_ path: String, _ kind: String) throws -> (file: Int64, root: Int64) {
    let place = Place(file: path)
    let file: Int64
    do {
      file = try Library.check("cannot be opened", at: place) { chdf5_file_open(path) }
    } catch let failure as Failure {
      throw explain(failure, path, kind)
    }
    do {
      let root = try Library.check("cannot be read", at: place) { chdf5_group_open(file, "/") }
      return (file, root)
    } catch {
      Library.release(file)
      throw error
    }
  }

  deinit { Library.release(id) }

  private static func checkReadable(_ path: String, _ kind: String) throws {
    var info = stat()
    guard stat(path, &info) == 0 else {
      let reason = errno
      throw Failure(
        .missingInput, reason == ENOENT ? "no such file" : "cannot be read", at: path,
        expected: kind, found: reason == ENOENT ? nil : String(cString: strerror(reason)))
    }
    if info.st_mode & S_IFMT == S_IFDIR {
      throw Failure(.missingInput, "is a folder", at: path, expected: kind)
    }
    if access(path, R_OK) != 0 {
      throw Failure(
        .missingInput, "cannot be read", at: path, expected: kind,
        found: String(cString: strerror(errno)))
    }
  }

  /// What a failed opening means for a user: not HDF5 at all, or HDF5 that is cut short.
  private static func explain(_ failure: Failure, _ path: String, _ kind: String) -> Failure {
    var head = [UInt8](repeating: 0, count: 8)
    if let file = fopen(path, "rb") {
      _ = fread(&head, 1, 8, file)
      fclose(file)
    }
    if head != signature {
      return Failure(.badData, "is not an HDF5 file", at: path, expected: kind)
    }
    return Failure(
      .badData, "is damaged or cut short", at: path, expected: kind, found: failure.found,
      hint: "Copy or make the file again.")
  }
}
