import CHDF5
import Support

/// Shape and type of an open dataset or attribute.
enum Inspection {
  static func shape(_ id: Int64, _ place: Place) throws -> [Int] {
    let limit = 32  // the library's own limit of axes
    var lengths = [UInt64](repeating: 0, count: limit)
    let rank = try Library.check("has no shape that can be read", at: place) {
      chdf5_shape(id, &lengths, Int32(limit))
    }
    let shape = lengths.prefix(Int(rank)).map { Int(clamping: $0) }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { throw Failure(.badData, "is too large", at: place.description) }
      count = product
    }
    return shape
  }

  static func type(_ id: Int64, _ place: Place) throws -> H5Type {
    var size = 0
    let code = try Library.check("has no type that can be read", at: place) {
      chdf5_class_of(id, &size)
    }
    return H5Type(code, size: size)
  }
}
