import CHDF5
import Support

/// A group of an open file. Closes itself.
///
/// Paths are relative, their parts separated by "/". Soft and external links are never followed: an
/// object is in this file, under this name, or it is not there.
public struct H5Group: ~Copyable, H5Object {
  public let id: Int64
  let place: Place
  public var location: String { place.description }

  init(id: Int64, place: Place) {
    self.id = id
    self.place = place
  }

  deinit { Library.release(id) }

  /// What a path leads to.
  public enum Kind: Sendable { case group, dataset, link, other }

  /// What is at a path; nil when there is nothing.
  public func kind(_ path: String) throws -> Kind? {
    let parts = path.split(separator: "/").map(String.init)
    guard let last = parts.last else { return .group }
    if parts.count == 1 { return try kind(ofChild: last) }
    guard try kind(ofChild: parts[0]) == .group else { return nil }
    return try group(parts[0]).kind(parts.dropFirst().joined(separator: "/"))
  }

  /// Whether a group or dataset is at a path.
  public func contains(_ path: String) throws -> Bool {
    let kind = try kind(path)
    return kind == .group || kind == .dataset
  }

  /// The names in this group, sorted.
  public func children() throws -> [String] {
    let id = id
    let count = try Library.check("cannot be listed", at: place) { chdf5_link_count(id) }
    return try (0..<UInt64(count)).map { index in
      let length = try Library.check("cannot be listed", at: place) {
        chdf5_link_name(id, index, nil, 0)
      }
      var name = [CChar](repeating: 0, count: Int(length) + 1)
      try Library.check("cannot be listed", at: place) {
        chdf5_link_name(id, index, &name, name.count)
      }
      return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// Opens a group.
  /// - Throws: `Failure(.badData)` when it is missing or something else.
  public func group(_ path: String) throws -> H5Group {
    var parts = path.split(separator: "/").map(String.init)[...]
    guard let first = parts.popFirst() else { return try open(".", place) }
    try expect(.group, first)
    let child = try open(first, place.appending(first))
    return parts.isEmpty ? child : try child.group(parts.joined(separator: "/"))
  }

  /// Opens a dataset.
  /// - Throws: `Failure(.badData)` when it is missing, something else, or keeps its data in another
  ///   file.
  public func dataset(_ path: String) throws -> H5Dataset {
    let parts = path.split(separator: "/").map(String.init)
    if parts.count > 1 {
      return try group(parts.dropLast().joined(separator: "/")).dataset(parts[parts.count - 1])
    }
    try expect(.dataset, path)
    let (id, place) = (id, place.appending(path))
    return try H5Dataset(
      id: try Library.check("cannot be opened", at: place) { chdf5_dataset_open(id, path) },
      place: place)
  }

  private func open(_ name: String, _ place: Place) throws -> H5Group {
    let id = id
    return H5Group(
      id: try Library.check("cannot be opened", at: place) { chdf5_group_open(id, name) },
      place: place)
  }

  func kind(ofChild name: String) throws -> Kind? {
    let id = id
    let code = try Library.check("cannot be looked up", at: place.appending(name)) {
      chdf5_kind_of(id, name)
    }
    return switch UInt32(code) {
    case CHDF5_KIND_NONE.rawValue: nil
    case CHDF5_KIND_GROUP.rawValue: .group
    case CHDF5_KIND_DATASET.rawValue: .dataset
    case CHDF5_KIND_LINK.rawValue: .link
    default: .other
    }
  }

  func expect(_ wanted: Kind, _ name: String) throws {
    let found = try kind(ofChild: name)
    if found == wanted { return }
    let location = place.appending(name).description
    switch found {
    case nil: throw Failure(.badData, "is missing", at: location, expected: "a \(wanted)")
    case .link:
      throw Failure(
        .badData, "is a link, and links are not followed", at: location, expected: "a \(wanted)",
        hint: "Store the data itself in this file.")
    case .some(let other):
      throw Failure(
        .badData, "is of the wrong kind", at: location, expected: "a \(wanted)",
        found: other == .other ? "a named type" : "a \(other)")
    }
  }
}
