import Collectives
import PeakData
import Support

extension FeatureTable {
  /// Collective: `read` on all ranks, each of which reads a part at a time. What comes out does not
  /// depend on the number of ranks. Where a part has an error, or no rank but 0 sees the same file,
  /// rank 0 reads the table alone.
  /// - Parameter first: called on rank 0 before it reads anything, while the others begin to read. It
  ///   calls what it is given several times a millisecond.
  /// - Returns: on rank 0, the table; nil on the others.
  /// - Throws: the `AgreedFailure` of what `first` or `read` throws on rank 0; `Failure` where messages fail.
  static func read(
    _ path: String, format: FeatureTableFormat, keepsXCMS: Bool = true, world: any Communicator,
    first: (_ poll: () throws -> Void) throws -> Void = { _ in }
  ) throws -> FeatureTable? {
    var table: FeatureTable?
    if world.size > 1 { table = try readParts(path, format, keepsXCMS, world, first) }
    return try world.agree {
      if world.size == 1 { try first {} }
      if world.rank > 0 || table != nil { return table }
      return try read(path, format: format, keepsXCMS: keepsXCMS)
    }
  }

  /// - Returns: nil where `read` has to do it.
  private static func readParts(
    _ path: String, _ format: FeatureTableFormat, _ keepsXCMS: Bool, _ world: any Communicator,
    _ first: (_ poll: () throws -> Void) throws -> Void
  ) throws -> FeatureTable? {
    var parts = world.rank == 0 ? try? TableParts(path, format: format, keepsXCMS: keepsXCMS) : nil
    var assembly = parts?.assembly()
    try world.farm(
      count: parts?.count ?? 0, first: first,
      task: { _ in
        guard let parts, assembly?.hasFailed == false else { return [] }
        return withUnsafeBytes(of: parts.stamp) { Array($0) }
      },
      work: { index, task, poll in
        if task.isEmpty { return [] }
        do {
          if parts == nil {
            let stamp = task.withUnsafeBytes { $0.loadUnaligned(as: FileStamp.self) }
            parts = try TableParts(
              path, format: format, keepsXCMS: keepsXCMS, stamp: stamp, reader: world.rank)
          }
          return try parts?.read(index, poll: poll) ?? []
        } catch is Failure {
          return []
        }
      },
      collect: { index, part in assembly?.take(index, part) })
    return assembly?.table()
  }
}
