import Foundation
import Support

/// A file of TensorBoard events that grows: each event a record of TensorFlow's TFRecord format, which
/// is its length (64 bits), the length's checksum, the event and its checksum, little-endian.
final class EventFile {
  let path: String
  private let descriptor: Int32

  /// TensorBoard reads files with "tfevents" in their names, in the names' order; the end tells ours from
  /// those that Keras may have put beside them.
  private static let start = "events.out.tfevents."
  private static let end = ".neatms-dist"

  /// Makes a new file that TensorBoard reads after all that are there, with its first event.
  /// - Throws: `Failure`: `.cannotCreate`, or `.inputOutput` where it cannot be written.
  init(in folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .cannotCreate, "cannot create the folder of TensorBoard's event files", at: folder)
    }
    let now = Date().timeIntervalSince1970
    let newest = Self.files(in: folder).compactMap(Self.seconds).max() ?? 0
    let seconds = max(Int(now), newest + 1)
    let host = ProcessInfo.processInfo.hostName
    path = "\(folder)/\(Self.start)\(seconds).\(host).\(getpid())\(Self.end)"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(.cannotCreate, "creating", errno) }
    try append([BoardEvent.version(at: now)])
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Appends the events in one write, so that whoever watches the file sees all of them or none.
  /// - Throws: `Failure(.inputOutput)`.
  func append(_ events: [ProtocolBuffer]) throws {
    let reason = events.flatMap { Self.record($0.bytes) }.withUnsafeBytes {
      writeAll($0, to: descriptor)
    }
    if reason != 0 { throw failure(.inputOutput, "appending", reason) }
  }

  /// Returns when what was appended is on the disk (fsync).
  /// - Throws: `Failure(.inputOutput)`.
  func flush() throws {
    if fsync(descriptor) != 0 { throw failure(.inputOutput, "flushing to the disk", errno) }
  }

  private func failure(_ code: Failure.Code, _ doing: String, _ reason: Int32) -> Failure {
    Failure(
      code, "cannot be written (\(doing))", at: path, found: String(cString: strerror(reason)))
  }

  private static func record(_ event: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(event.count))
    return length + bytes(maskedChecksum(length)) + event + bytes(maskedChecksum(event))
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// As TensorFlow masks checksums (tensorflow/core/lib/hash/crc32c.h), since one over bytes that hold
  /// checksums is weak.
  private static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = CRC32C.checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  /// The files that runs of ours wrote into a folder.
  static func files(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.map { "\(folder)/\($0)" }
  }

  /// The time in a file's name.
  private static func seconds(_ path: String) -> Int? {
    let name = path.split(separator: "/").last ?? ""
    return Int(name.dropFirst(start.count).prefix { $0 != "." })
  }
}
