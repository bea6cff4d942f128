import Foundation
import Support

/// A JSON value with its object keys in order, written as Python's `json.dumps` does.
indirect enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([(key: String, value: JSON)])

  static func == (a: JSON, b: JSON) -> Bool { a.text == b.text }

  /// A single-precision number with as few digits as identify it: 0.9, not 0.8999999761581421.
  static func short(_ value: Float) -> JSON { .number(Double("\(value)") ?? Double(value)) }

  subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
  var array: [JSON]? { if case .array(let items) = self { items } else { nil } }
  var isNull: Bool { if case .null = self { true } else { false } }

  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// All items as integers; nil when one is not.
  var integers: [Int]? {
    guard let array else { return nil }
    let values = array.compactMap(\.integer)
    return values.count == array.count ? values : nil
  }

  var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): JSON.quoted(text)
    case .array(let items): "[\(items.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.map { "\(JSON.quoted($0.key)): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5C: result += "\\\\"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x09: result += "\\t"
      case 0x20..<0x7F: result += String(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }
}

extension JSON: Decodable {
  /// Parses a text; nil when it is not JSON. The order of keys is lost.
  init?(parsing text: String) {
    guard let value = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else {
      return nil
    }
    self = value
  }

  /// Parses a text of a file.
  /// - Parameter place: the file and the attribute, for the message.
  /// - Throws: `Failure(.badData)` where it is not JSON.
  static func parse(_ text: String, _ place: String) throws -> JSON {
    if let json = JSON(parsing: text) { return json }
    throw Failure(
      .badData, "is damaged", at: place, expected: "JSON", found: "\"\(text.prefix(40))\"")
  }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let members = try? decoder.container(keyedBy: Key.self) {
      self = .object(
        try members.allKeys.map { ($0.stringValue, try members.decode(JSON.self, forKey: $0)) })
      return
    }
    if var items = try? decoder.unkeyedContainer() {
      var values: [JSON] = []
      while !items.isAtEnd { values.append(try items.decode(JSON.self)) }
      self = .array(values)
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
    } else if let flag = try? single.decode(Bool.self) {
      self = .bool(flag)
    } else if let value = try? single.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? single.decode(Double.self) {
      self = .number(value)
    } else {
      self = .string(try single.decode(String.self))
    }
  }
}
