import CHDF5
import Support

extension H5Group {
  /// Creates a group, with those above it where they are missing.
  public func createGroup(_ path: String) throws -> H5Group {
    var parts = path.split(separator: "/").map(String.init)[...]
    guard let first = parts.popFirst() else { return try group("") }
    let child = try kind(first) == nil ? create(first) : group(first)
    return parts.isEmpty ? child : try child.createGroup(parts.joined(separator: "/"))
  }

  private func create(_ name: String) throws -> H5Group {
    let (id, place) = (id, place.appending(name))
    return H5Group(
      id: try Library.check("cannot be created", at: place, .inputOutput) {
        chdf5_group_create(id, name)
      }, place: place)
  }

  /// Lets the kernel write to the disk what was written to the file so far, while more of it is made,
  /// so that a flush at the end has little left to wait for. Nothing depends on it but time.
  public func startWriteBack() { chdf5_start_write_back(id) }

  /// Creates a contiguous dataset, to be written in slabs of rows.
  /// - Parameter shape: empty for a scalar.
  public func createDataset<T: H5Element>(
    _ name: String, shape: [Int], of type: T.Type = T.self
  ) throws -> H5Dataset {
    let (id, place) = (id, place.appending(name))
    let lengths = shape.map(UInt64.init)
    return try H5Dataset(
      id: Library.check("cannot be created", at: place, .inputOutput) {
        chdf5_dataset_create(id, name, T.shimType, Int32(shape.count), lengths)
      }, place: place)
  }

  /// Creates a dataset and writes it whole.
  /// - Parameter shape: nil for one axis; empty for a scalar.
  public func write<T: H5Element>(_ name: String, _ values: [T], shape: [Int]? = nil) throws {
    try values.withUnsafeBufferPointer { try write(name, $0, shape: shape) }
  }

  public func write<T: H5Element>(
    _ name: String, _ values: UnsafeBufferPointer<T>, shape: [Int]? = nil
  ) throws {
    let shape = shape ?? [values.count]
    precondition(shape.reduce(1, *) == values.count, "the shape and the values differ")
    let dataset = try createDataset(name, shape: shape, of: T.self)
    if let start = values.baseAddress, !values.isEmpty {
      try dataset.write(rows: 0..<dataset.rowCount, from: start)
    }
  }

  /// Creates a dataset of strings and writes it whole: of fixed length where that takes no more of the
  /// file than strings of variable length, which the library keeps one by one, many times slower.
  public func write(_ name: String, _ strings: [String]) throws {
    let (id, place) = (id, place.appending(name))
    var (longest, all) = (0, 0)
    for string in strings {
      longest = max(longest, string.utf8.count)
      all += string.utf8.count
    }
    let isFixed = longest > 0 && longest * strings.count <= all + 32 * strings.count
    let length = isFixed ? longest : 0
    let dataset = try H5Dataset(
      id: Library.check("cannot be created", at: place, .inputOutput) {
        chdf5_dataset_create_strings(id, name, length, UInt64(strings.count))
      }, place: place)
    if strings.isEmpty { return }
    func write(_ bytes: UnsafeRawPointer?) throws {
      try Library.check("cannot be written", at: place, .inputOutput) {
        chdf5_dataset_write_strings(dataset.id, length, bytes)
      }
    }
    if isFixed {
      try withFilledUp(strings, length: length, write)
    } else {
      try withCStrings(strings) { try write($0) }
    }
  }
}

/// The strings one behind the other for the time of `body`, each filled up with zeros.
private func withFilledUp(
  _ strings: [String], length: Int, _ body: (UnsafeRawPointer?) throws -> Void
) rethrows {
  var bytes = [UInt8](repeating: 0, count: strings.count * length)
  bytes.withUnsafeMutableBytes { target in
    for (index, var string) in strings.enumerated() {
      string.withUTF8 { source in
        UnsafeMutableRawBufferPointer(rebasing: target[(index * length)...])
          .copyMemory(from: UnsafeRawBufferPointer(source))
      }
    }
  }
  try bytes.withUnsafeBytes { try body($0.baseAddress) }
}
