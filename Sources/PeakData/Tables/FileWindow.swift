import Glibc
import Support

/// A file read from front to back through a buffer that slides over it.
struct FileWindow: ~Copyable {
  let path: String
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  /// How many bytes of the buffer are the file's.
  private(set) var filled = 0
  /// The first byte that is still needed; its owner moves it on.
  var position = 0
  /// Whether `filled` is the end of the file.
  private(set) var hasEnded = false

  private let descriptor: Int32
  /// Bytes of the file; 0 where that is unknown (a pipe).
  private let size: Int
  private let limit: Int
  private var capacity = 1 << 20
  private var discarded = 0

  /// - Parameter limit: the most bytes to hold at once; a power of two, at least 1 MB.
  /// - Throws: `Failure(.missingInput)` when the file cannot be opened or is a folder.
  init(_ path: String, limit: Int) throws {
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    let reason = errno
    var info = stat()
    let isKnown = opened >= 0 && fstat(opened, &info) == 0
    let kind = isKnown ? info.st_mode & S_IFMT : 0
    self.path = path
    self.limit = limit
    descriptor = opened
    size = kind == S_IFREG ? Int(info.st_size) : 0
    bytes = .allocate(capacity: capacity)
    guard opened >= 0 else {
      throw Failure(
        .missingInput, "cannot be opened", at: path, found: String(cString: strerror(reason)))
    }
    guard kind != S_IFDIR else {
      throw Failure(.missingInput, "is a folder", at: path, expected: "a file")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    bytes.deallocate()
  }

  /// The share of the file before `position`, 0 … 1; nil where its size is unknown.
  var progress: Double? {
    size > 0 ? min(1, Double(discarded + position) / Double(size)) : nil
  }

  /// Moves what is still needed to the front of the buffer and reads more behind it.
  /// - Returns: false when the buffer is full and may not grow.
  /// - Throws: `Failure(.inputOutput)` when reading fails.
  mutating func refill() throws -> Bool {
    if position > 0 {
      discarded += position
      filled -= position
      memmove(bytes, bytes + position, filled)
      position = 0
    } else if filled == capacity {
      guard capacity < limit else { return false }
      grow()
    }
    var got = read(descriptor, bytes + filled, capacity - filled)
    while got < 0, errno == EINTR { got = read(descriptor, bytes + filled, capacity - filled) }
    guard got >= 0 else {
      throw Failure(
        .inputOutput, "cannot be read", at: path, found: String(cString: strerror(errno)))
    }
    filled += got
    hasEnded = got == 0
    return true
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
    larger.update(from: bytes, count: filled)
    bytes.deallocate()
    bytes = larger
    capacity *= 2
  }
}
