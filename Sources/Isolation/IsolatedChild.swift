import CSandbox
import Glibc
import Support

/// A child process that reads one file, forked from a process of one thread that has opened nothing.
struct IsolatedChild {
  let limits: IsolationLimits
  private let process: pid_t
  private let pipe: Int32

  /// The descriptor that children write to.
  private static let output: Int32 = 3

  /// Forks; the child never comes back from here.
  /// - Throws: `Failure(.internalError)` when the system gives no process or pipe, and what
  ///   `IsolationLimits` throws.
  init(_ task: IsolatedTask, _ request: IsolatedRequest) throws {
    limits = try IsolationLimits(request)
    var (input, output): (Int32, Int32) = (-1, -1)
    guard csandbox_pipe(&input, &output) == 0 else { throw Self.noProcess(request.path) }
    process = csandbox_fork()
    if process == 0 { Self.work(task, request, limits, output: output) }
    pipe = input
    close(output)
    guard process > 0 else {
      close(input)
      throw Self.noProcess(request.path)
    }
  }

  private static func noProcess(_ path: String) -> Failure {
    Failure(
      .internalError, "cannot be read: no process could be started for it", at: path,
      found: String(cString: strerror(errno)))
  }

  private static func work(
    _ task: IsolatedTask, _ request: IsolatedRequest, _ limits: IsolationLimits, output end: Int32
  ) -> Never {
    if end != output { dup2(end, output) }
    csandbox_close_from(output + 1)
    csandbox_follow_parent()
    let code = csandbox_confine(output, UInt64(limits.bytes), UInt32(limits.seconds))
    guard code == 0 else {
      _ = [UInt8(truncatingIfNeeded: code)].withUnsafeBytes { writeAll($0, to: output) }
      _exit(IsolatedEnd.notConfinedCode)
    }
    let message = task.run(request)
    let failed = message.withUnsafeBytes { writeAll($0, to: output) }
    _exit(failed == 0 ? 0 : 1)
  }

  /// What the child handed over, or how it ended without, and the seconds of processor time it took.
  func outcome() -> (message: [UInt8], end: IsolatedEnd?, seconds: Double) {
    let (message, interruption) = collect()
    // Its pipe closes when it is already ending, which this does not change; else it is held up.
    kill(process, SIGKILL)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
    close(pipe)
    var end = interruption
    if end == nil && status != 0 {
      end = IsolatedEnd(status: status, message: message, usage: usage, limits)
    }
    return (message, end, usage.processorSeconds)
  }

  /// Everything up to the closing of the pipe, unless that takes too long or is too much.
  private func collect() -> ([UInt8], IsolatedEnd?) {
    var patience = Patience(seconds: limits.patience)
    var message: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      guard patience.wait(for: pipe) else {
        return (message, .tooLong(seconds: limits.patience))
      }
      let count = read(pipe, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return (message, nil) }
      guard message.count + count <= limits.bytes else { return ([], .tooMuch) }
      message.append(contentsOf: piece[..<count])
    }
  }
}
