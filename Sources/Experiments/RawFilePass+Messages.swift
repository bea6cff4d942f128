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

  /// What comes back of a file.
  struct Answer {
    var result: Result<[UInt8], Failure>
    /// What a user should know about a file that could be read.
    var remark: String?
    var seconds = 0.0
  }

  static func encode(_ answer: Answer) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(answer.seconds)
    writer.write(answer.remark)
    switch answer.result {
    case .success(let result):
      writer.write(true)
      writer.reserve(result.count + 8)
      writer.write(result)
    case .failure(let failure):
      writer.write(false)
      writer.write(failure)
    }
    return writer.bytes
  }

  static func decodeAnswer(_ bytes: [UInt8]) throws -> Answer {
    var reader = ByteReader(bytes)
    let seconds = try reader.read(Double.self)
    let remark = try reader.readOptionalString()
    let isResult = try reader.read(Bool.self)
    return Answer(
      result: isResult ? .success(try reader.readArray()) : .failure(try reader.readFailure()),
      remark: remark, seconds: seconds)
  }
}
