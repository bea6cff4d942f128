import Foundation
import Support

/// Memory that the ranks of one host hold once, all zeros at first. Its first rank writes, the
/// others read (a write by them is a crash), unless it was made for all to write. Freed with its
/// last reference, also by a kill.
///
/// On one rank it is plain anonymous memory. On several it is a file mapped by all, in /dev/shm
/// where there is room, else in the temporary folder; its name is gone before the memory is used,
/// so that nothing stays behind however the job ends, and its blocks are reserved at once
/// (posix_fallocate), so that a full disk is an error here and not a crash later.
public final class SharedSegment {
  /// Page-aligned; valid while `self` lives.
  public let pointer: UnsafeMutableRawPointer
  /// The length in bytes.
  public let count: Int
  /// Whether this rank may write: the node's rank 0, or all.
  public let isWritable: Bool

  /// Collective over `node`.
  /// - Parameters:
  ///   - bytes: the length, the same on every rank; 0 is allowed.
  ///   - node: ranks of one host (`Communicator.splitByHost`).
  ///   - allWrite: whether every rank may write.
  /// - Throws: `Failure`, on every rank of `node` or on none: `.cannotCreate` when neither folder
  ///   has room. Other hosts' ranks do not know it: use `world.agree { try SharedSegment(…) }`.
  public init(bytes: Int, on node: any Communicator, allWrite: Bool = false) throws {
    count = bytes
    isWritable = node.rank == 0 || allWrite
    guard node.size > 1 else {
      pointer = try Self.map(bytes, descriptor: -1, writable: true)
      return
    }
    let file = try Self.openShared(Self.mappedLength(bytes), node, allWrite)
    let writable = isWritable
    var mapped: UnsafeMutableRawPointer?
    do {
      pointer = try node.allOrNone {
        let made = try Self.map(bytes, descriptor: file.descriptor, writable: writable)
        mapped = made
        return made
      }
    } catch {
      if let mapped { munmap(mapped, Self.mappedLength(bytes)) }
      throw error
    }
  }

  deinit { munmap(pointer, Self.mappedLength(count)) }

  /// mmap does not take a length of 0.
  private static func mappedLength(_ bytes: Int) -> Int { max(bytes, 1) }

  private static func map(
    _ bytes: Int, descriptor: Int32, writable: Bool
  ) throws -> UnsafeMutableRawPointer {
    let flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
    let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
    let pointer = mmap(nil, mappedLength(bytes), protection, flags, descriptor, 0)
    guard let pointer, pointer != MAP_FAILED else {
      throw Failure(
        .inputOutput, "no memory for the dataset", expected: "\(bytes.inMegabytes)",
        found: String(cString: strerror(errno)))
    }
    return pointer
  }

  /// The first rank makes the file, all open it, then its name goes and its blocks are reserved.
  private static func openShared(
    _ bytes: Int, _ node: any Communicator, _ allWrite: Bool
  ) throws -> SegmentFile {
    let isFirst = node.rank == 0
    let made = try node.allOrNone { isFirst ? try SegmentFile(roomFor: bytes) : nil }
    let path = try node.broadcastPath(made?.path)
    let file = try node.allOrNone { try made ?? SegmentFile(opening: path, writing: allWrite) }
    made?.removeName()
    try node.allOrNone { try made?.reserve(bytes) }
    return file
  }
}

extension Communicator {
  /// Runs `body` on every rank; when it throws on one, all throw that rank's `Failure`.
  fileprivate func allOrNone<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try agree(body) } catch let agreed as AgreedFailure { throw agreed.failure }
  }

  /// The first rank's path, on every rank.
  fileprivate func broadcastPath(_ path: String?) throws -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    if let path { bytes.replaceSubrange(0..<path.utf8.count, with: path.utf8) }
    try bytes.withUnsafeMutableBytes { try broadcast($0, root: 0) }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
