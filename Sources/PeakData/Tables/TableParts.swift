import Glibc
import Support

/// A feature table in one file, read in parts, by several processes.
///
/// A part is about a megabyte, and whole lines. Whether a line ends inside a quoted cell nobody can
/// know who has not read what is before: but then the part that ends there ends inside a quoted
/// cell, which is an error. Where no part has one, each starts with a row, by induction. Where one
/// has, the table has to be read from its start to its end (`FeatureTable.read`): that gives what is
/// right, or tells what is wrong and where.
public final class TableParts {
  /// The file's; the same in every process that reads parts of it.
  public let stamp: FileStamp
  /// How many parts there are.
  public let count: Int
  private let partSize: Int
  private var reader: CSVReader
  /// Where the header ends.
  private let start: Int
  /// None between parts.
  private var rows: any TableRows
  /// Tells this reader's parts from others'.
  private let number: Int

  /// Reads the header.
  /// - Parameters:
  ///   - keepsXCMS: whether the table gets the columns that only XCMS has.
  ///   - stamp: what the file must be; nil for any state.
  ///   - reader: another number for every process that reads parts of the table.
  ///   - partSize: bytes.
  /// - Returns: nil for a table that cannot be read in parts, or has less than two: a folder, a pipe,
  ///   a small file.
  /// - Throws: `Failure` as `FeatureTable.read`, and `.badData` for another stamp.
  public init?(
    _ path: String, format: FeatureTableFormat, keepsXCMS: Bool = true, stamp: FileStamp? = nil,
    reader number: Int = 0, partSize: Int = 1 << 20
  ) throws {
    var info = Glibc.stat()
    guard format != .peakonly, stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
      info.st_size > partSize
    else { return nil }
    reader = try CSVReader.open(path)
    self.stamp = reader.stamp
    if let stamp, stamp != self.stamp {
      throw Failure(.badData, "is not the file that rank 0 reads", at: path)
    }
    (self.partSize, self.number, start) = (partSize, number, reader.offset)
    count = (Int(self.stamp.size) + partSize - 1) / partSize
    let header = TableHeader(reader)
    switch format {
    case .xcms: rows = XCMSRows(try XCMSTableColumns(header), keepsXCMS: keepsXCMS)
    case .mzmine: rows = try MZmineRows(header)
    case .peakonly: return nil
    }
  }

  /// Reads a part. Parts must be read in ascending order.
  /// - Parameter poll: called every few kilobytes.
  /// - Returns: its rows, for `TableAssembly.take`.
  /// - Throws: `Failure` where anything is wrong, with lines counted from the part's first; what
  ///   `poll` throws.
  public func read(_ index: Int, poll: () throws -> Void = {}) throws -> [UInt8] {
    try reader.move(to: try lineStart(index)..<lineStart(index + 1))
    try rows.read(&reader, poll: poll)
    var writer = ByteWriter()
    writer.write(Int64(number))
    writer.write(Int64(reader.row))
    writer.write(Int64(reader.filledRows))
    rows.write(to: &writer)
    return writer.bytes
  }

  /// Where a part starts; of the one behind the last, the end of the file.
  private func lineStart(_ index: Int) throws -> Int {
    if index == 0 { return start }
    if index == count { return Int(stamp.size) }
    return max(start, try reader.lineStart(from: index * partSize))
  }

  /// Without a part yet. To be made before a part is read.
  public func assembly() -> TableAssembly { TableAssembly(rows, path: reader.path, count: count) }
}

/// The parts of a feature table, put together in their order.
public struct TableAssembly: Sendable {
  private var rows: any TableRows
  private let path: String
  private let count: Int
  /// Parts that came before one that stands before them.
  private var waiting: [Int: [UInt8]] = [:]
  private var next = 0
  /// By reader.
  private var names: [Int: WriterNames] = [:]
  /// Of the parts before `next`.
  private var rowCount = 0
  private var filledRows = 0
  /// Whether a part could not be read, or contradicts another: the table has to be read from its
  /// start to its end.
  public private(set) var hasFailed = false

  fileprivate init(_ rows: any TableRows, path: String, count: Int) {
    (self.rows, self.path, self.count) = (rows, path, count)
  }

  /// Takes what `TableParts.read` returned for a part; nothing where it threw.
  public mutating func take(_ index: Int, _ bytes: [UInt8]) {
    waiting[index] = bytes
    while !hasFailed, let part = waiting.removeValue(forKey: next) {
      do { try add(part) } catch { hasFailed = true }
    }
  }

  private mutating func add(_ part: [UInt8]) throws {
    var reader = ByteReader(part)
    let number = Int(try reader.read(Int64.self))
    let (total, filled) = (try reader.read(Int64.self), try reader.read(Int64.self))
    try rows.add(from: &reader, behind: rowCount, &names[number, default: WriterNames()])
    next += 1
    rowCount += Int(total)
    filledRows += Int(filled)
    if next == 1 { rows.reserve(1 / Double(count)) }
    // A row's number takes four bytes.
    hasFailed = rowCount > Int32.max
  }

  /// The table; nil where it has to be read from its start to its end, be it that it has no rows.
  /// To be called once: the rows are not copied.
  public mutating func table() -> FeatureTable? {
    hasFailed || next < count || filledRows == 0 ? nil : rows.table(of: path)
  }
}
