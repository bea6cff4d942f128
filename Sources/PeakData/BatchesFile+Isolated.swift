import Isolation
import Support

/// Files from others are read by a process of its own before this one opens them: it goes through
/// every matrix and label, so that what makes the library crash, hang or use up memory does so there.
extension BatchesFile {
  /// For `IsolatedReader.serveIfAsked`.
  public static let isolatedTask = IsolatedTask("batches") { request in
    try BatchesFile(path: request.path).readThrough()
    return Rehearsal()
  }

  /// Odd chunks are unpacked many times over: a file may take this much longer than its size says.
  private static let spareSeconds = 9

  /// `init`, after a rehearsal.
  /// - Throws: what `init`, `readMatrices` and `readLabels` throw, for all three sets;
  ///   `Failure(.badData)` for a file that harms its reader or takes more than `IsolationLimits`;
  ///   `.internalError` when no process can be started.
  public static func openRehearsed(_ path: String) throws -> BatchesFile {
    let _: Rehearsal = try IsolatedReader().read(
      IsolatedRequest(
        isolatedTask.name, path: path, largestFile: .max, spareSeconds: spareSeconds))
    return try BatchesFile(path: path)
  }

  private func readThrough() throws {
    let rows = Self.slab(matrixSize: header.matrixSize)
    let buffer = AlignedBuffer(count: rows * 2 * header.matrixSize)
    for split in Split.allCases {
      for start in stride(from: 0, to: count(split), by: rows) {
        try readMatrices(split, start..<min(start + rows, count(split)), into: buffer.pointer)
      }
      _ = try readLabels(split)
    }
  }

  /// How many matrices to read at once: at most 4096, and 32 MB or one.
  public static func slab(matrixSize: Int) -> Int {
    max(1, min(4096, (4 << 20) / matrixSize))
  }

  /// That a file was read without harm.
  private struct Rehearsal: IsolatedResult {
    mutating func detachArrays() -> [[Float]] { [] }
    mutating func attach(_ arrays: [[Float]]) {}
    func check(at path: String) {}
  }
}
