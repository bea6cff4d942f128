import PeakData
import Support

/// A task on its way to a rank, and what comes back.
enum RawFileMessage {
  static func encode(_ task: RawFileTask) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(task.sample)
    writer.write(task.path)
    writer.write(task.windows)
    return writer.bytes
  }

  static func decodeTask(_ bytes: [UInt8]) throws -> RawFileTask {
    var reader = ByteReader(bytes)
    return RawFileTask(
      sample: try reader.readString(), path: try reader.readString(),
      windows: try reader.readArray())
  }

  /// What comes back of a file behind the bytes of its result.
  struct Report {
    /// The rank that read the file.
    var rank = 0
    /// Why there is no result.
    var failure: Failure?
    /// What a user should know about a file that could be read.
    var remark: String?
    var seconds = 0.0
  }

  /// Adds the report and its length to a result, which is not copied.
  static func append(_ report: Report, to result: inout [UInt8]) {
    var writer = ByteWriter()
    writer.write(Int64(report.rank))
    writer.write(report.seconds)
    writer.write(report.remark)
    writer.write(report.failure != nil)
    if let failure = report.failure { writer.write(failure) }
    writer.write(Int64(writer.bytes.count))
    result.append(contentsOf: writer.bytes)
  }

  /// - Throws: `Failure(.internalError)` for bytes to which `append` added nothing.
  static func decode(_ bytes: [UInt8]) throws -> (result: ArraySlice<UInt8>, report: Report) {
    let body = bytes.dropLast(MemoryLayout<Int64>.size)
    var ending = ByteReader(bytes[body.endIndex...])
    let length = try ending.read(Int64.self)
    guard (0...Int64(body.count)).contains(length) else {
      throw Failure(
        .internalError, "bytes from another rank hold no report", found: "\(length) bytes")
    }
    var reader = ByteReader(body.suffix(Int(length)))
    var report = Report()
    report.rank = Int(try reader.read(Int64.self))
    report.seconds = try reader.read()
    report.remark = try reader.readOptionalString()
    if try reader.read(Bool.self) { report.failure = try reader.readFailure() }
    return (body.dropLast(Int(length)), report)
  }
}
