import Glibc
import Support

/// What reading one file may take, by the file's size: a child process that takes more is ended.
public struct IsolationLimits: Sendable, Equatable {
  /// The largest file that is read at all, in bytes, where a request does not say otherwise.
  /// NeatMS's network with its optimizer's state is 12 MB.
  public static let largestFile = 1 << 30

  /// Processor time in seconds: one, one more for every 8 MB, and what the request spares.
  public let seconds: Int
  /// Seconds by the clock, for a file on a slow disk and a busy machine.
  public let patience: Int
  /// Bytes of memory, and of what is handed over: 256 MB, and eight times the file or, of a larger
  /// file, of `largestFile`.
  public let bytes: Int

  public init(fileSize: Int, spareSeconds: Int = 0) {
    seconds = 1 + max(fileSize, 0) >> 23 + spareSeconds
    patience = 20 + 10 * seconds
    bytes = 256 << 20 + 8 * min(max(fileSize, 0), Self.largestFile)
  }

  /// The limits for the file of a request.
  /// - Throws: `Failure`: `.badData` for a file that is too large, `.missingInput` for a device or a
  ///   pipe, which would be waited for. A file that is not there gets limits: its reader says so.
  public init(_ request: IsolatedRequest) throws {
    let (path, largest) = (request.path, request.largestFile)
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFDIR else {
      self.init(fileSize: 0, spareSeconds: request.spareSeconds)
      return
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw Failure(
        .missingInput, "is a device or pipe, not a file", at: path, expected: "a file",
        hint: "Copy it into a file first.")
    }
    guard info.st_size <= largest else {
      throw Failure(
        .badData, "is larger than any file of this kind", at: path,
        expected: "at most \(largest >> 20) MB", found: "\(info.st_size >> 20) MB")
    }
    self.init(fileSize: Int(info.st_size), spareSeconds: request.spareSeconds)
  }
}
