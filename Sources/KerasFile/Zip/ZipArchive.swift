import CInflate
import Glibc
import Support

/// A zip file open for reading, as far as `.keras` files need it: stored and deflated entries, named
/// in the central directory. Nothing is ever unpacked onto the disk, so that an entry's name is a
/// name and nothing else.
///
/// The layout is that of PKWARE's APPNOTE.TXT 6.3, sections 4.3.6 to 4.3.16. Every number in the
/// file is checked against the file's size before it is used, and an entry is given no more memory
/// than the caller allows and deflate could fill.
final class ZipArchive {
  /// One entry of the central directory.
  struct Entry {
    var name: String
    var isEncrypted: Bool
    /// 0: stored; 8: deflated.
    var method: Int
    var crc: UInt32
    var packedSize: Int
    var size: Int
    /// Where its local header starts.
    var offset: Int
  }

  let path: String
  private let descriptor: Int32
  private let length: Int
  private(set) var entries: [Entry] = []

  private init(_ path: String, descriptor: Int32, length: Int) {
    (self.path, self.descriptor, self.length) = (path, descriptor, length)
  }

  /// Opens a file and reads its central directory.
  /// - Throws: `Failure`: `.missingInput` where it cannot be opened, `.badData` where it is no whole
  ///   zip file.
  static func open(_ path: String, readingDirectory: Bool = true) throws -> ZipArchive {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    var info = stat()
    guard descriptor >= 0, fstat(descriptor, &info) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { close(descriptor) }
      throw Failure(.missingInput, "cannot be read", at: path, found: reason)
    }
    let archive = ZipArchive(path, descriptor: descriptor, length: Int(info.st_size))
    if readingDirectory { archive.entries = try archive.readDirectory() }
    return archive
  }

  deinit { close(descriptor) }

  /// Whether a file starts as a zip file does; false where it cannot be read.
  static func starts(_ path: String) -> Bool {
    guard let file = fopen(path, "rb") else { return false }
    defer { fclose(file) }
    var head = [UInt8](repeating: 0, count: 4)
    guard fread(&head, 1, 4, file) == 4 else { return false }
    // A first entry, or the end of an archive without any.
    return head == [0x50, 0x4B, 3, 4] || head == [0x50, 0x4B, 5, 6]
  }

  /// That a file which is neither HDF5 nor starts as a zip file is a zip file with bytes before it;
  /// nil where it is not.
  static func shifted(_ path: String) -> Failure? {
    guard (try? open(path, readingDirectory: false).endRecord()) != nil else { return nil }
    return Failure(
      .badData, "is a zip file with other bytes before it", at: path,
      expected: "Keras model (.h5 or .keras)", hint: "Copy or make the file again.")
  }

  func damaged(_ what: String, _ found: String? = nil) -> Failure {
    Failure(
      .badData, "is damaged or cut short", at: path, expected: "a whole zip file",
      found: found.map { "\(what): \($0)" } ?? what, hint: "Copy or make the file again.")
  }

  /// The bytes of an entry.
  /// - Parameter limit: the most bytes it may have.
  /// - Throws: `Failure(.badData)` when it is missing, there twice, larger, encrypted or damaged.
  func bytes(of name: String, limit: Int) throws -> [UInt8] {
    let found = entries.filter { $0.name == name }
    guard let entry = found.first, found.count == 1 else {
      throw Failure(
        .badData, found.isEmpty ? "is missing" : "is there more than once", at: "\(path), \(name)",
        hint: found.isEmpty ? "Is this a model that Keras saved as .keras?" : nil)
    }
    let place = "\(path), \(name)"
    guard !entry.isEncrypted, [0, 8].contains(entry.method) else {
      throw Failure(
        .badData, "is packed in a way that is not read here", at: place,
        expected: "stored or deflated",
        found: entry.isEncrypted ? "encrypted" : "method \(entry.method)")
    }
    guard entry.size <= limit else {
      throw Failure(
        .badData, "is too large", at: place, expected: "at most \(limit) bytes",
        found: "\(entry.size)")
    }
    let contents = try unpack(entry, place)
    guard cinflate_crc32(contents, contents.count) == entry.crc else {
      throw Failure(.badData, "is damaged: its checksum is wrong", at: place)
    }
    return contents
  }

  private func unpack(_ entry: Entry, _ place: String) throws -> [UInt8] {
    let header = LittleEndian(try read(at: entry.offset, count: 30))
    guard header.word(0) == 0x0403_4B50 else { throw damaged("an entry's header", entry.name) }
    let start = entry.offset + 30 + header.half(26) + header.half(28)
    let packed = try read(at: start, count: entry.packedSize)
    if entry.method == 0 {
      guard entry.size == entry.packedSize else { throw damaged("an entry's size", entry.name) }
      return packed
    }
    // Deflate packs at most 258 bytes into two bits: more than 1032 : 1 is a lie.
    guard entry.size / 1032 <= entry.packedSize else {
      throw damaged("an entry's size", entry.name)
    }
    var contents = [UInt8](repeating: 0, count: entry.size)
    var made = 0
    let code = Int(
      cinflate(CINFLATE_RAW, packed, packed.count, &contents, contents.count, &made))
    guard code == CINFLATE_DONE, made == contents.count else {
      throw Failure(
        .badData, "is damaged", at: place,
        found: code == CINFLATE_DONE || code == CINFLATE_TOO_LONG
          ? "another size than stated" : "compressed data that cannot be read")
    }
    return contents
  }

  /// Reads exactly `count` bytes, or says that the file is cut short.
  func read(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= length, count <= length - offset else {
      throw damaged("data beyond its end")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
      }
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else {
        throw Failure(
          .inputOutput, "cannot be read", at: path,
          found: got == 0 ? "its end" : String(cString: strerror(errno)))
      }
      done += got
    }
    return bytes
  }

  /// The length of the file in bytes.
  var fileLength: Int { length }
}
