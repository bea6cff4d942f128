import Foundation
import Support
import Synchronization

/// A process that reads files which nobody vouches for, so that a crash, an endless loop or a hunger
/// for memory on the way costs one error message.
///
/// The program starts itself again (`/proc/self/exe`) with nothing but one socket to it: with
/// posix_spawn, as a process with MPI and threads must not fork, and without the launcher's
/// environment. That process has one thread and opens nothing; for every file it forks a child,
/// which gives up all rights that reading does not need (`csandbox_confine`), reads, and hands over
/// a message of checked form. Its starter decodes the message as what a stranger sent.
public final class IsolatedReader {
  static let requestLimit = 1 << 20
  static let canServe = Mutex(false)

  private let process: pid_t
  private let socket: Int32
  /// Seconds of processor time that reading the last file took.
  public private(set) var processorSeconds = 0.0

  /// Starts the process.
  /// - Throws: `Failure(.internalError)` when it cannot be started, or when this program did not call
  ///   `serveIfAsked` at its start.
  public init() throws {
    guard Self.canServe.withLock({ $0 }) else {
      throw Failure(
        .internalError, "this program cannot read files in a process of their own",
        expected: "IsolatedReader.serveIfAsked at its start")
    }
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutablePointer(to: &ends) {
      $0.withMemoryRebound(to: Int32.self, capacity: 2) {
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, $0)
      }
    }
    guard made == 0 else { throw Self.notStarted(errno) }
    socket = ends.0
    defer { close(ends.1) }
    do {
      process = try Self.spawn(socket: ends.1)
    } catch {
      close(ends.0)
      throw error
    }
  }

  deinit {
    close(socket)
    // It has no child now, and nothing to save.
    kill(process, SIGKILL)
    while waitpid(process, nil, 0) < 0 && errno == EINTR {}
  }

  /// Reads one file.
  /// - Throws: what the reading throws; `Failure(.badData)` when it crashed, or took longer or more
  ///   memory than `IsolationLimits` give it.
  public func read<Result: IsolatedResult>(
    _ request: IsolatedRequest, as: Result.Type = Result.self
  ) throws -> Result {
    let limits = try IsolationLimits(request)
    try send(request)
    // The reader keeps the time; this is for a reader that is no more.
    var patience = Patience(seconds: limits.patience + 10)
    let head = try Self.receive(16, from: socket, &patience)
    let length = head.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    processorSeconds = head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: Double.self) }
    guard length <= UInt64(limits.bytes) else { throw IsolatedEnd.tooMuch.failure(request.path) }
    let message = try Self.receive(Int(length), from: socket, &patience)
    return try IsolatedMessage.decode(message, reading: request.path)
  }

  private func send(_ request: IsolatedRequest) throws {
    let text = try JSONEncoder().encode(request)
    guard text.count <= Self.requestLimit else {
      throw Failure(.usage, "the name of a file is too long", found: "\(text.count) characters")
    }
    let bytes = withUnsafeBytes(of: UInt64(text.count)) { Array($0) } + text
    let reason = bytes.withUnsafeBytes { Self.send($0, to: socket) }
    guard reason == 0 else { throw Self.lost(String(cString: strerror(reason))) }
  }
}
