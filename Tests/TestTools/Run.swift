import Foundation
import Support

/// How a program ended and what it wrote.
public struct RunResult: Sendable {
  /// The exit code; for a program that a signal ended, 128 + the signal's number.
  public var status: Int32
  public var stdout: String
  public var stderr: String
  /// From its start to its end.
  public var seconds: Double
}

/// A program under way. Its output goes to files, so that no pipe can fill up.
public final class RunningProgram {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let folder: TemporaryFolder
  private let started = ContinuousClock.now
  private let name: String

  /// - Parameters:
  ///   - executable: its path.
  ///   - environment: added to this process's own.
  ///   - directory: the current folder it starts in.
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    directory: String? = nil
  ) throws {
    folder = try TemporaryFolder()
    name = ([executable] + arguments).joined(separator: " ")
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(filePath: directory) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.create(folder.file("stdout"))
    process.standardError = try Self.create(folder.file("stderr"))
    process.terminationHandler = { [ended] _ in ended.signal() }
    try Self.withNoSignalBlocked { try process.run() }
  }

  /// Tests run on threads that block signals; a program inherits what its starter blocks.
  private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private static func create(_ path: String) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw Failure(.cannotCreate, "cannot be created", at: path) }
    return file
  }

  public var processIdentifier: Int32 { process.processIdentifier }
  public var isRunning: Bool { process.isRunning }
  public func send(signal: Int32) { kill(process.processIdentifier, signal) }

  /// What it wrote so far.
  public var stdout: String { read("stdout") }
  public var stderr: String { read("stderr") }

  private func read(_ stream: String) -> String {
    let data = FileManager.default.contents(atPath: folder.file(stream)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  /// Waits for its end.
  /// - Throws: `Failure` with all it wrote when it is still running after `timeout` seconds: it is
  ///   then told to end (SIGTERM, which mpirun passes on to its ranks), and killed 5 s later.
  public func wait(timeout: Double = 120) throws -> RunResult {
    let inTime = ended.wait(timeout: .now() + timeout) == .success
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    if !inTime {
      stop()
      throw Failure(
        .internalError, "did not end within \(timeout) s", at: name,
        found: "stdout \(stdout.debugDescription), stderr \(stderr.debugDescription)")
    }
    let signalled = process.terminationReason == .uncaughtSignal
    return RunResult(
      status: process.terminationStatus + (signalled ? 128 : 0), stdout: stdout, stderr: stderr,
      seconds: seconds)
  }

  private func stop() {
    send(signal: SIGTERM)
    if ended.wait(timeout: .now() + 5) == .timedOut {
      send(signal: SIGKILL)
      ended.wait()
    }
  }

  deinit { if process.isRunning { stop() } }
}

/// Runs a program to its end.
/// - Throws: `Failure` when it cannot be started or does not end in time. A non-zero exit code is
///   not an error.
public func run(
  _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
  directory: String? = nil, timeout: Double = 120
) throws -> RunResult {
  try RunningProgram(executable, arguments, environment: environment, directory: directory)
    .wait(timeout: timeout)
}
