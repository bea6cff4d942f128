import CHDF5
import Support

/// What groups and datasets have in common: attributes.
public protocol H5Object: ~Copyable {
  /// The library's id.
  var id: Int64 { get }
  /// Where it is, for messages: "model.h5, model_weights/dense_1".
  var location: String { get }
}

extension H5Object where Self: ~Copyable {
  public func hasAttribute(_ name: String) throws -> Bool {
    let id = id
    return try Library.check("cannot be looked up", at: attributePlace(name)) {
      chdf5_attribute_exists(id, name)
    } > 0
  }

  /// The strings of an attribute, one for a scalar; nil when there is no such attribute. An empty
  /// array of any type gives no strings (numpy writes an empty list as floats).
  /// - Throws: `Failure(.badData)` when it holds something other than strings.
  public func strings(attribute name: String) throws -> [String]? {
    try withAttribute(name) { id, count, type, place in
      if count == 0 { return [] }
      guard type == .string else {
        throw Failure(
          .badData, "has the wrong type", at: place.description, expected: "strings",
          found: type.description)
      }
      return try Library.strings("cannot be read", at: place, count: count) {
        chdf5_read_strings(id, 1, 0, UInt64(count), $0)
      }
    }
  }

  /// A string attribute; nil when there is none.
  /// - Throws: `Failure(.badData)` when it is not exactly one string.
  public func string(attribute name: String) throws -> String? {
    try single(strings(attribute: name), name, "one string")
  }

  /// The numbers of an attribute, converted; nil when there is none.
  /// - Throws: `Failure(.badData)` when it holds something other than numbers.
  public func numbers<T: H5Element>(
    attribute name: String, as: T.Type = T.self
  ) throws -> [T]? {
    try withAttribute(name) { id, count, type, place in
      guard type.isNumeric else {
        throw Failure(
          .badData, "has the wrong type", at: place.description, expected: "a number",
          found: type.description)
      }
      var values = [T](repeating: 0, count: count)
      if values.isEmpty { return values }
      try Library.check("cannot be read", at: place) {
        chdf5_attribute_read(id, T.shimType, &values)
      }
      return values
    }
  }

  /// A number attribute (a boolean counts as 0 or 1); nil when there is none.
  /// - Throws: `Failure(.badData)` when it is not exactly one number.
  public func number<T: H5Element>(attribute name: String, as: T.Type = T.self) throws -> T? {
    try single(numbers(attribute: name), name, "one number")
  }

  /// The type of an attribute's elements; nil when there is no such attribute.
  public func type(attribute name: String) throws -> H5Type? {
    try withAttribute(name) { _, _, type, _ in type }
  }

  func attributePlace(_ name: String) -> Place { Place(file: "\(location), attribute \(name)") }

  private func single<T>(_ values: [T]?, _ name: String, _ expected: String) throws -> T? {
    guard let values else { return nil }
    guard values.count == 1 else {
      throw Failure(
        .badData, "has the wrong shape", at: attributePlace(name).description, expected: expected,
        found: "\(values.count)")
    }
    return values[0]
  }

  /// Opens an attribute for the time of `body`, with its id, number of elements and type.
  private func withAttribute<R>(
    _ name: String, _ body: (Int64, Int, H5Type, Place) throws -> R
  ) throws -> R? {
    guard try hasAttribute(name) else { return nil }
    let (id, place) = (id, attributePlace(name))
    let attribute = try Library.check("cannot be opened", at: place) {
      chdf5_attribute_open(id, name)
    }
    defer { Library.release(attribute) }
    let count = try Inspection.shape(attribute, place).reduce(1, *)
    return try body(attribute, count, Inspection.type(attribute, place), place)
  }
}
