import Support

/// Rows of a feature table of one file, of all of it or of parts.
protocol TableRows: Sendable {
  /// Takes all rows that the reader has left.
  /// - Parameter poll: called every few kilobytes.
  /// - Throws: `Failure(.badData)` with line and column; what `poll` throws.
  mutating func read(_ reader: inout CSVReader, poll: () throws -> Void) throws
  /// Writes the rows, and the names that were not written before, for another process; then forgets
  /// the rows. Names are kept: most parts of a table have the same ones.
  mutating func write(to writer: inout ByteWriter)
  /// Takes the rows that `write` wrote, which stand in the table behind those taken before.
  /// - Parameters:
  ///   - rows: how many rows of the table, with empty ones, come before.
  ///   - names: of those that came from the same writer; gets the new ones added.
  /// - Throws: `Failure(.badData)` where the parts contradict each other.
  mutating func add(
    from reader: inout ByteReader, behind rows: Int, _ names: inout WriterNames
  ) throws
  /// Makes room for all rows, given the share of the file that is taken.
  mutating func reserve(_ progress: Double?)
  /// All rows as a feature table; none are left here.
  mutating func table(of path: String) -> FeatureTable
}

/// By the indices that a writer of rows has given its names: the reader's indices.
struct WriterNames: Sendable {
  var samples: [Int32] = []
  var ids: [Int32] = []
  var numbers: [Int32] = []
}

/// Calls `poll` once every few kilobytes of a file.
struct PollByBytes {
  private static let step = 8192
  private var next = 0

  mutating func callAfterRow(_ reader: borrowing CSVReader, _ poll: () throws -> Void) throws {
    if reader.offset < next { return }
    next = reader.offset + Self.step
    try poll()
  }
}
