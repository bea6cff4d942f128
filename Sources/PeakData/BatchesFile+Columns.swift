import HDF5
import Support

/// Where the peaks of a split came from: one entry a peak, in the order of the matrices. A column
/// that is not known is nil.
public struct PeakColumns: Sendable, Equatable {
  /// Raw file name.
  public var sample: [String]?
  /// Mass-to-charge ratio in Th.
  public var mz: [Double]?
  /// Retention time in minutes.
  public var rt: [Double]?
  /// The feature's id in the feature table.
  public var featureID: [String]?
  /// The row of the feature table, from 1.
  public var row: [Int64]?

  public init(
    sample: [String]? = nil, mz: [Double]? = nil, rt: [Double]? = nil, featureID: [String]? = nil,
    row: [Int64]? = nil
  ) {
    self.sample = sample
    self.mz = mz
    self.rt = rt
    self.featureID = featureID
    self.row = row
  }

  /// Reads the columns that a split's group has.
  init(reading group: borrowing H5Group, count: Int) throws {
    sample = try PeakColumns.texts(group, "sample", count)
    featureID = try PeakColumns.texts(group, "feature_id", count)
    mz = try PeakColumns.numbers(group, "mz", count)
    rt = try PeakColumns.numbers(group, "rt", count)
    row = try PeakColumns.numbers(group, "row", count)
  }

  /// Writes the known columns.
  func write(to group: borrowing H5Group, count: Int) throws {
    for (name, length) in [
      ("sample", sample?.count), ("mz", mz?.count), ("rt", rt?.count),
      ("feature_id", featureID?.count), ("row", row?.count),
    ] {
      if let length, length != count {
        throw Failure(
          .internalError, "a column does not belong to the matrices",
          at: "\(group.location)/\(name)", expected: "\(count)", found: "\(length)")
      }
    }
    if let sample { try group.write("sample", sample) }
    if let mz { try group.write("mz", mz) }
    if let rt { try group.write("rt", rt) }
    if let featureID { try group.write("feature_id", featureID) }
    if let row { try group.write("row", row) }
  }

  /// Texts, or integers as texts (feature ids are numbers in some programs).
  private static func texts(
    _ group: borrowing H5Group, _ name: String, _ count: Int
  ) throws -> [String]? {
    guard try group.contains(name) else { return nil }
    let column = try group.dataset(name)
    try check(column, count)
    if count == 0 { return [] }
    if column.type.isInteger { return try column.values(as: Int64.self).map(String.init) }
    return try column.strings()
  }

  private static func numbers<T: H5Element>(
    _ group: borrowing H5Group, _ name: String, _ count: Int
  ) throws -> [T]? {
    guard try group.contains(name) else { return nil }
    let column = try group.dataset(name)
    try check(column, count)
    return try column.values()
  }

  private static func check(_ column: borrowing H5Dataset, _ count: Int) throws {
    guard column.shape == [count] else {
      throw Failure(
        .badData, "does not belong to the matrices in x", at: column.location,
        expected: "\(count) entries", found: "\(column.count)")
    }
  }
}
