import HDF5
import Isolation
import Support

extension BatchesFile {
  /// The value of the root attribute `format`.
  static let format = "neatms-batches"
  /// The value of the root attribute `version`.
  static let version = 1

  /// Reads and checks the root attributes.
  static func readHeader(_ root: borrowing H5Group) throws -> BatchesHeader {
    try checkFormat(root)
    let matrixSize = try required(
      root.number(attribute: "matrix_size", as: Int64.self), "matrix_size", root)
    guard (2...1_000_000).contains(matrixSize) else {
      throw Failure(
        .badData, "the matrix size makes no sense", at: "\(root.location), attribute matrix_size",
        expected: "2 … 1000000 points", found: "\(matrixSize)")
    }
    let classes = try required(root.strings(attribute: "classes"), "classes", root)
    try checkClasses(classes, "\(root.location), attribute classes")
    return BatchesHeader(
      matrixSize: Int(matrixSize), margin: try margin(root), minScanNum: try minScanNum(root),
      classes: classes, seed: try root.number(attribute: "seed"),
      validationSplit: try root.number(attribute: "validation_split"),
      source: try root.string(attribute: "source"))
  }

  /// As `prepare` takes it: a model that is trained on these peaks keeps it.
  private static func margin(_ root: borrowing H5Group) throws -> Double? {
    guard let margin: Double = try root.number(attribute: "margin") else { return nil }
    guard (0...1000).contains(margin) else {
      throw Failure(
        .badData, "the margin makes no sense", at: "\(root.location), attribute margin",
        expected: "0 … 1000 times a peak's width", found: "\(margin)")
    }
    return margin
  }

  private static func minScanNum(_ root: borrowing H5Group) throws -> Int? {
    guard let count: Int64 = try root.number(attribute: "min_scan_num") else { return nil }
    guard count >= 0 else {
      throw Failure(
        .badData, "the minimum number of scans makes no sense",
        at: "\(root.location), attribute min_scan_num", expected: "at least 0", found: "\(count)")
    }
    return Int(count)
  }

  private static func required<T>(
    _ value: T?, _ name: String, _ root: borrowing H5Group
  ) throws -> T {
    guard let value else {
      throw Failure(.badData, "the root attribute \(name) is missing", at: root.location)
    }
    return value
  }

  private static func checkFormat(_ root: borrowing H5Group) throws {
    let hint =
      "`neatms-dist prepare` makes a batches file from raw files and labels; "
      + "docs/formats.md tells what is in it."
    guard try root.type(attribute: "format") == .string,
      let found = try root.string(attribute: "format")
    else {
      throw Failure(
        .badData, "is HDF5, but not a batches file", at: root.location,
        expected: "the root attribute format = \"\(format)\"", found: "no such text", hint: hint)
    }
    if found != format {
      throw Failure(
        .badData, "is HDF5, but not a batches file", at: root.location,
        expected: "format \"\(format)\"", found: "\"\(found)\"", hint: hint)
    }
    let number = try required(root.number(attribute: "version", as: Int64.self), "version", root)
    if number != Int64(version) {
      throw Failure(
        .badData, "is of a version that this program cannot read",
        at: "\(root.location), attribute version", expected: "\(version)", found: "\(number)")
    }
  }

  /// At least two names, none empty, twice or unfit to be shown, in the order in which NeatMS numbers
  /// its outputs.
  /// - Throws: `Failure(.badData)` at `place`.
  public static func checkClasses(_ classes: [String], _ place: String) throws {
    let listed = classes.joined(separator: ", ")
    if classes.count < 2 {
      throw Failure(
        .badData, "there is nothing to tell apart", at: place, expected: "at least 2 classes",
        found: classes.isEmpty ? "none" : "1 (\(listed))")
    }
    if let empty = classes.firstIndex(of: "") {
      throw Failure(.badData, "class \(empty) has no name", at: place)
    }
    if let wrong = classes.first(where: \.hasControls) {
      throw Failure(
        .badData, "a class has a name with characters that cannot be shown", at: place,
        found: wrong.forTerminal())
    }
    // NeatMS sorts with Python, which compares code points.
    let sorted = classes.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    if let twice = zip(sorted, sorted.dropFirst()).first(where: { $0 == $1 }) {
      throw Failure(
        .badData, "a class is listed twice", at: place, expected: "every name once",
        found: "\(twice.0) in \(listed)")
    }
    if sorted != classes {
      throw Failure(
        .badData, "the classes are not sorted", at: place,
        expected: sorted.joined(separator: ", "), found: listed,
        hint: "NeatMS numbers its outputs in sorted order: sort the names and renumber y.")
    }
  }
}
