import Glibc
import Support

/// A file, or a range of it, read from front to back through a buffer that slides over it.
struct FileWindow: ~Copyable {
  let path: String
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  /// How many bytes of the buffer are the file's.
  private(set) var filled = 0
  /// The first byte that is still needed; its owner moves it on.
  var position = 0
  /// Whether `filled` is the end of the file, or of the range.
  private(set) var hasEnded = false

  private let descriptor: Int32
  /// Where the range starts, and its bytes; 0 where that is unknown (a pipe).
  private var start = 0
  private var size: Int
  private let limit: Int
  private var capacity = 1 << 20
  /// The place in the file of the buffer's first byte.
  private var discarded = 0
  /// How many bytes there are to read at most.
  private var left = Int.max

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

  /// The share of the file or range before `position`, 0 … 1; nil where its size is unknown.
  var progress: Double? {
    size > 0 ? min(1, Double(offset - start) / Double(size)) : nil
  }

  /// The place of `position` in the file.
  var offset: Int { discarded + position }

  /// Goes on with a range of the file as if there were nothing else.
  /// - Throws: `Failure(.inputOutput)` for a file without places, such as a pipe.
  mutating func move(to range: Range<Int>) throws {
    guard lseek(descriptor, range.lowerBound, SEEK_SET) == range.lowerBound else {
      throw unreadable
    }
    (start, size) = (range.lowerBound, range.count)
    (discarded, left) = (start, size)
    (position, filled, hasEnded) = (0, 0, false)
  }

  /// Where the first line starts that starts at `offset` or behind it: behind a newline, or at the
  /// end of the file. `position` stays where it is.
  /// - Throws: `Failure(.inputOutput)` when reading fails; `.badData` without a newline in `limit`
  ///   bytes.
  func lineStart(from offset: Int) throws -> Int {
    var place = max(offset - 1, 0)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 1)
    defer { buffer.deallocate() }
    while place < offset + limit {
      let got = pread(descriptor, buffer.baseAddress, buffer.count, place)
      guard got >= 0 else { throw unreadable }
      if got == 0 { return place }
      if let newline = buffer[..<got].firstIndex(of: 0x0A) { return place + newline + 1 }
      place += got
    }
    throw Failure(.badData, "has no newline in \(limit >> 20) MB", at: path)
  }

  /// The size and the time of the last change: another file has others.
  var stamp: FileStamp { FileStamp(descriptor) }

  private var unreadable: Failure {
    Failure(.inputOutput, "cannot be read", at: path, found: String(cString: strerror(errno)))
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
    let wanted = min(capacity - filled, left)
    var got = read(descriptor, bytes + filled, wanted)
    while got < 0, errno == EINTR { got = read(descriptor, bytes + filled, wanted) }
    guard got >= 0 else { throw unreadable }
    filled += got
    left -= got
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

/// What tells two states of a file apart, or two files of one path on two hosts.
public struct FileStamp: Sendable, Equatable, BitwiseCopyable {
  /// Bytes.
  let size: Int64
  /// Of the last change.
  let seconds: Int64
  let nanoseconds: Int64

  init(_ descriptor: Int32) {
    var info = stat()
    size = fstat(descriptor, &info) == 0 ? Int64(info.st_size) : 0
    seconds = Int64(info.st_mtim.tv_sec)
    nanoseconds = Int64(info.st_mtim.tv_nsec)
  }
}
