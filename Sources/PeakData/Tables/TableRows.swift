import Support

/// Rows of a feature table of one file, of all of it or of a part.
protocol TableRows: Sendable {
  /// Takes all rows that the reader has left.
  /// - Parameter poll: called after every row.
  /// - Throws: `Failure(.badData)` with line and column; what `poll` throws.
  mutating func read(_ reader: inout CSVReader, poll: () throws -> Void) throws
  /// Writes the rows for another process.
  func write(to writer: inout ByteWriter)
  /// Takes the rows that `write` wrote, which stand in the table behind those taken before.
  /// - Parameter rows: how many rows of the table, with empty ones, come before.
  /// - Throws: `Failure(.badData)` where the parts contradict each other.
  mutating func add(from reader: inout ByteReader, behind rows: Int) throws
  /// Makes room for all rows, given the share of the file that is taken.
  mutating func reserve(_ progress: Double?)
  /// All rows as a feature table.
  func table(of path: String) -> FeatureTable
}
