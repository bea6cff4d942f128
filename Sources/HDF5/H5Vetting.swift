import CHDF5
import Support

/// Whether everything in a file is of the plain kind that Keras and h5py write for a model: nothing
/// that points out of the file, needs other code, or claims more than the file could hold.
///
/// It looks at names, types, shapes and storage of all objects, and reads no data.
public struct H5Vetting {
  /// Groups, datasets and attributes. NeatMS's network with its optimizer's state has about 200.
  public static let objectLimit = 20_000
  /// Groups inside groups. Keras needs seven.
  public static let depthLimit = 32
  /// One attribute in bytes. Keras keeps the description of a network in one; of NeatMS's, 4 kB.
  public static let attributeLimit = 64 << 20
  /// Deflate packs at most 258 bytes into two bits.
  static let packing = 1032
  /// A chunk is unpacked as a whole; h5py's are at most a megabyte, for small data larger than those.
  static let chunkLimit = 64 << 20

  private let fileSize: Int
  private var objects = 0

  /// Goes through all objects of a file.
  /// - Throws: `Failure(.badData)` naming the first that is refused, and why.
  public static func check(_ root: borrowing H5Group) throws {
    let id = root.id
    let size = try Library.check("cannot be read", at: root.place) { chdf5_file_size(id) }
    var vetting = H5Vetting(fileSize: Int(size))
    try vetting.check(root, depth: 0)
  }

  /// Looks at one dataset only, for files that may hold anything else besides.
  /// - Throws: `Failure(.badData)` saying why it is refused.
  public static func check(_ dataset: borrowing H5Dataset) throws {
    let id = dataset.id
    let size = try Library.check("cannot be read", at: dataset.place) { chdf5_file_size(id) }
    var vetting = H5Vetting(fileSize: Int(size))
    try vetting.check(dataset, dataset.place)
  }

  private init(fileSize: Int) { self.fileSize = fileSize }

  private mutating func count(_ number: Int, _ place: Place) throws {
    objects += number
    guard objects <= Self.objectLimit else {
      throw Failure(
        .badData, "has more parts than any model", at: place.file,
        expected: "at most \(Self.objectLimit) groups, datasets and attributes")
    }
  }

  private mutating func check(_ group: borrowing H5Group, depth: Int) throws {
    guard depth <= Self.depthLimit else {
      throw Failure(
        .badData, "has groups inside groups without end", at: group.place.file,
        expected: "at most \(Self.depthLimit)")
    }
    let (id, place) = (group.id, group.place)
    let links = try Library.check("cannot be listed", at: place) { chdf5_link_count(id) }
    try count(Int(links), place)
    try checkAttributes(of: id, place)
    for name in try group.children() {
      switch try group.kind(ofChild: name) {
      case .group: try check(group.group(name), depth: depth + 1)
      case .dataset: try check(group.dataset(name), place.appending(name))
      case .link: try group.expect(.dataset, name)
      case .other, nil:
        throw Failure(
          .badData, "is of a kind that no model has", at: place.appending(name).description,
          expected: "a group or a dataset", found: "a named type")
      }
    }
  }

  private mutating func check(_ dataset: borrowing H5Dataset, _ place: Place) throws {
    let id = dataset.id
    try checkElements(id, dataset.type, place)
    try checkAttributes(of: id, place)
    var storage = chdf5_storage()
    try Library.check("cannot be read", at: place) { chdf5_storage_of(id, &storage) }
    guard storage.filter < 0 else {
      throw Failure(
        .badData, "is packed by a filter that is not used here", at: place.description,
        expected: "gzip, shuffle or fletcher32", found: "filter \(storage.filter)",
        hint: "Write it without compression, or with gzip.")
    }
    try checkSize(dataset, storage, place)
  }

  private func checkSize(
    _ dataset: borrowing H5Dataset, _ storage: chdf5_storage, _ place: Place
  ) throws {
    let width = try elementSize(dataset.id, place)
    let (bytes, overflow) = dataset.count.multipliedReportingOverflow(by: width)
    let stored = min(Int(storage.bytes), fileSize)
    let room = storage.is_packed == 1 ? stored * Self.packing : stored
    guard !overflow, bytes <= room else {
      throw Failure(
        .badData, "says that it holds more than is in the file", at: place.description,
        expected: "at most \(room / width) values in \(stored) bytes",
        found: "shape \(dataset.shape)")
    }
    guard storage.chunk_bytes <= max(Self.chunkLimit, bytes) else {
      throw Failure(
        .badData, "is stored in pieces larger than itself", at: place.description,
        found: "pieces of \(storage.chunk_bytes) bytes")
    }
  }

  private mutating func checkAttributes(of object: Int64, _ place: Place) throws {
    let number = try Library.check("has no list of attributes that can be read", at: place) {
      chdf5_attribute_count(object)
    }
    try count(Int(number), place)
    for index in 0..<UInt64(number) {
      let attribute = try Library.check("has an attribute that cannot be opened", at: place) {
        chdf5_attribute_open_at(object, index)
      }
      defer { Library.release(attribute) }
      try checkAttribute(attribute, try named(attribute, of: place))
    }
  }

  private func named(_ attribute: Int64, of place: Place) throws -> Place {
    let what = "has an attribute without a name"
    let length = try Library.check(what, at: place) { chdf5_attribute_name(attribute, nil, 0) }
    var name = [CChar](repeating: 0, count: Int(length) + 1)
    try Library.check(what, at: place) { chdf5_attribute_name(attribute, &name, name.count) }
    let text = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    return Place(file: "\(place), attribute \(text)")
  }

  private func checkAttribute(_ attribute: Int64, _ place: Place) throws {
    let type = try Inspection.type(attribute, place)
    try checkElements(attribute, type, place)
    let count = try Inspection.shape(attribute, place).reduce(1, *)
    let (bytes, overflow) = try count.multipliedReportingOverflow(by: elementSize(attribute, place))
    guard !overflow, bytes <= Self.attributeLimit else {
      throw Failure(
        .badData, "is too large", at: place.description,
        expected: "at most \(Self.attributeLimit >> 20) MB", found: "\(count) values")
    }
  }

  /// In bytes, of a string of variable length those of a pointer.
  private func elementSize(_ object: Int64, _ place: Place) throws -> Int {
    var size = 0
    try Library.check("has no type that can be read", at: place) { chdf5_class_of(object, &size) }
    return max(size, 1)
  }

  private func checkElements(_ object: Int64, _ type: H5Type, _ place: Place) throws {
    guard type == .other else { return }
    let code = try Library.check("has no type that can be read", at: place) {
      chdf5_element_of(object)
    }
    let found =
      switch UInt32(code) {
      case CHDF5_ELEMENT_ENUM.rawValue: "an enumeration"
      case CHDF5_ELEMENT_COMPOUND.rawValue: "compounds"
      case CHDF5_ELEMENT_REFERENCE.rawValue: "references"
      case CHDF5_ELEMENT_OPAQUE.rawValue: "opaque data"
      case CHDF5_ELEMENT_LIST.rawValue: "lists of variable length"
      case CHDF5_ELEMENT_ARRAY.rawValue: "arrays"
      default: "another type"
      }
    throw Failure(
      .badData, "has a type that is not used here", at: place.description,
      expected: "numbers or strings", found: found)
  }
}
