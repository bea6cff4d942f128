import CHDF5
import Support

/// A dataset of an open file. Closes itself.
///
/// "Rows" are positions of the first axis; a scalar has one row.
public struct H5Dataset: ~Copyable, H5Object {
  public let id: Int64
  /// The length of every axis; empty for a scalar.
  public let shape: [Int]
  public let type: H5Type
  let place: Place
  public var location: String { place.description }

  public var rowCount: Int { shape.first ?? 1 }
  /// Elements of one row.
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }
  public var count: Int { shape.reduce(1, *) }

  /// Takes the id over: it is released also when this throws.
  init(id: Int64, place: Place) throws {
    let facts: (shape: [Int], type: H5Type)
    do {
      facts = try H5Dataset.inspect(id, place)
    } catch {
      Library.release(id)
      throw error
    }
    self.id = id
    self.place = place
    (shape, type) = facts
  }

  private static func inspect(_ id: Int64, _ place: Place) throws -> ([Int], H5Type) {
    let local = try Library.check("cannot be read", at: place) { chdf5_dataset_is_local(id) }
    if local == 0 {
      throw Failure(
        .badData, "keeps its data in another file", at: place.description,
        hint: "Store the data itself in this file.")
    }
    return (try Inspection.shape(id, place), try Inspection.type(id, place))
  }

  deinit { Library.release(id) }

  /// Reads rows straight into the caller's memory (`rows.count` × `rowLength` elements), converted
  /// to `T`. Real numbers read as integers lose their fraction: look at `type` first.
  /// - Throws: `Failure(.badData)` for values that are not numbers or cannot be read.
  public func read<T: H5Element>(
    rows: Range<Int>, into buffer: UnsafeMutablePointer<T>
  ) throws {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside the dataset")
    guard type.isNumeric else {
      throw Failure(
        .badData, "has the wrong type", at: location, expected: "numbers", found: type.description)
    }
    if rows.isEmpty || rowLength == 0 { return }
    let id = id
    try Library.check("cannot be read", at: place) {
      chdf5_dataset_read(
        id, T.shimType, UInt64(rows.lowerBound), UInt64(rows.count), buffer)
    }
  }

  /// Reads everything, in row-major order.
  public func values<T: H5Element>(as: T.Type = T.self) throws -> [T] {
    var values = [T](repeating: 0, count: count)
    try values.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress, !buffer.isEmpty {
        try read(rows: 0..<rowCount, into: start)
      }
    }
    return values
  }

  /// Reads rows of a one-dimensional dataset of strings (or the one string of a scalar); all rows
  /// by default.
  /// - Throws: `Failure(.badData)` for values that are not strings or cannot be read.
  public func strings(rows: Range<Int>? = nil) throws -> [String] {
    let rows = rows ?? 0..<rowCount
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside the dataset")
    guard type == .string, shape.count <= 1 else {
      throw Failure(
        .badData, "has the wrong type", at: location, expected: "one axis of strings",
        found: shape.count <= 1 ? type.description : "\(shape.count) axes of \(type)")
    }
    if rows.isEmpty { return [] }
    let id = id
    return try Library.strings("cannot be read", at: place, count: rows.count) {
      chdf5_read_strings(id, 0, UInt64(rows.lowerBound), UInt64(rows.count), $0)
    }
  }

  /// Writes rows from the caller's memory.
  /// - Throws: `Failure(.inputOutput)`.
  public func write<T: H5Element>(
    rows: Range<Int>, from buffer: UnsafePointer<T>
  ) throws {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows outside the dataset")
    if rows.isEmpty || rowLength == 0 { return }
    let id = id
    try Library.check("cannot be written", at: place, .inputOutput) {
      chdf5_dataset_write(
        id, T.shimType, UInt64(rows.lowerBound), UInt64(rows.count), buffer)
    }
  }
}
