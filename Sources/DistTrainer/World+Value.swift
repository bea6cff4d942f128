import Collectives
import Foundation
import Support

extension Communicator {
  /// Rank 0 computes a value, every rank gets it; an error on rank 0 is thrown by every rank, so
  /// that nobody is left waiting.
  func broadcastValue<Value: Codable>(_ compute: () throws -> Value) throws -> Value {
    var failure: Failure?
    var computed: Value?
    var bytes = Data()
    if rank == 0 {
      do {
        let value = try compute()
        computed = value
        if size > 1 { bytes = try JSONEncoder.exact.encode(value) }
      } catch { failure = Failure(wrapping: error) }
    }
    try agree(failure)
    if let computed, size == 1 { return computed }
    var count = Int64(bytes.count)
    try withUnsafeMutableBytes(of: &count) { try broadcast($0, root: 0) }
    if rank != 0 { bytes = Data(count: Int(count)) }
    try bytes.withUnsafeMutableBytes { try broadcast($0, root: 0) }
    if let computed { return computed }
    return try JSONDecoder.exact.decode(Value.self, from: bytes)
  }
}

extension JSONEncoder {
  /// Keys in order, infinities and NaN as words: the same value always gives the same bytes.
  static var exact: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

extension JSONDecoder {
  static var exact: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
