import Foundation

/// Messages and progress on standard error; results go to standard output elsewhere.
public final class Console {
  /// Whether standard error is a terminal that can rewrite its line.
  public let isTerminal: Bool
  private let isQuiet: Bool
  private var hasUnfinishedLine = false

  /// - Parameter quiet: only warnings and errors.
  public init(quiet: Bool = false) {
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1 || Console.launcherIsOnTerminal
  }

  /// Under mpirun standard error is a pipe to it, which it copies to its own: what counts is whether
  /// that is a terminal. On its own host the launcher is rank 0's parent.
  private static var launcherIsOnTerminal: Bool {
    guard getenv("OMPI_COMM_WORLD_RANK") != nil else { return false }
    let stream = try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/\(getppid())/fd/\(STDERR_FILENO)")
    return stream?.hasPrefix("/dev/pts/") == true || stream?.hasPrefix("/dev/tty") == true
  }

  /// A line of information.
  public func say(_ line: String) {
    if !isQuiet { finish(line) }
  }

  /// A line that `--quiet` does not silence.
  public func warn(_ line: String) {
    endLine()
    write(line + "\n")
  }

  /// Rewrites the current line; on a terminal only.
  public func update(_ line: String) {
    guard !isQuiet, isTerminal else { return }
    write("\r\u{1B}[2K" + line)
    hasUnfinishedLine = true
  }

  /// Ends the updating line with its final text.
  public func finish(_ line: String) {
    guard !isQuiet else { return }
    write(hasUnfinishedLine ? "\r\u{1B}[2K" + line + "\n" : line + "\n")
    hasUnfinishedLine = false
  }

  private func endLine() {
    if hasUnfinishedLine { write("\n") }
    hasUnfinishedLine = false
  }

  /// Messages that nobody can read (a full disk, a closed terminal) end no run.
  private func write(_ text: String) {
    _ = writeAll(text, to: STDERR_FILENO)
  }
}

extension Console {
  /// Writes a result to standard output.
  /// - Throws: `Failure(.inputOutput)` when it cannot be written: a result is never lost silently.
  public static func printResult(_ text: String, terminator: String = "\n") throws {
    let reason = writeAll(text + terminator, to: STDOUT_FILENO)
    guard reason == 0 else {
      throw Failure(
        .inputOutput, "the result cannot be written", at: "standard output",
        found: String(cString: strerror(reason)))
    }
  }
}
