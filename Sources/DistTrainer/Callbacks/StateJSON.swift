import Foundation
import Support

/// The state of callbacks in checkpoints: JSON with exact numbers.
enum StateJSON {
  static func encode(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder.exact.encode(value), as: UTF8.self)
  }

  /// - Throws: `Failure(.badData)` where the text is not a `Value`.
  static func decode<Value: Decodable>(_ text: String) throws -> Value {
    do { return try JSONDecoder.exact.decode(Value.self, from: Data(text.utf8)) } catch {
      throw Failure(.badData, "unreadable saved state", found: String(text.prefix(60)))
    }
  }
}
