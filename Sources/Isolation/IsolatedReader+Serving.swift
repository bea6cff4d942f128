import CSandbox
import Foundation
import Support

/// The other side: a process of this program that was started to have children read files.
extension IsolatedReader {
  /// What tells a reader: its name, which no shell gives a program; that there is no argument; this
  /// variable; and a socket as descriptor 3.
  static let processName = "neatms reader"
  static let marker = "NEATMS_READER"
  static let socketDescriptor: Int32 = 3

  /// To be called first of all in a tool's `main`. In a process that was started as a reader it
  /// serves until its starter is done, and does not return; in any other it makes `IsolatedReader`
  /// usable and returns at once.
  public static func serveIfAsked(_ tasks: [IsolatedTask]) {
    guard isReader else {
      canServe.withLock { $0 = true }
      return
    }
    csandbox_close_from(socketDescriptor + 1)
    csandbox_follow_parent()
    unsetenv(marker)
    var isWarm = false
    while let request = nextRequest() {
      guard let task = tasks.first(where: { $0.name == request.task }) else { break }
      let (message, seconds) = answer(task, request)
      if !send(message, seconds) { break }
      // Most readers read one file: only those that read more prepare for it.
      if !isWarm { task.warmUp() }
      isWarm = true
    }
    _exit(0)
  }

  private static var isReader: Bool {
    var info = stat()
    return CommandLine.argc == 1 && CommandLine.arguments.first == processName
      && getenv(marker) != nil && fstat(socketDescriptor, &info) == 0
      && info.st_mode & S_IFMT == S_IFSOCK
  }

  private static func nextRequest() -> IsolatedRequest? {
    var patience = Patience.endless
    guard let head = try? receive(8, from: socketDescriptor, &patience) else { return nil }
    let length = head.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    guard length <= requestLimit,
      let text = try? receive(Int(length), from: socketDescriptor, &patience)
    else { return nil }
    return try? JSONDecoder().decode(IsolatedRequest.self, from: Data(text))
  }

  /// The child's message, or one that says how the child ended; and its seconds of processor time.
  private static func answer(
    _ task: IsolatedTask, _ request: IsolatedRequest
  ) -> (message: [UInt8], seconds: Double) {
    do {
      let (message, end, seconds) = try IsolatedChild(task, request).outcome()
      guard let end else { return (message, seconds) }
      let failure = end.failure(request.path)
      return (IsolatedMessage<Nothing>.encode(failure: failure, request), seconds)
    } catch {
      return (IsolatedMessage<Nothing>.encode(failure: error, request), 0)
    }
  }

  private static func send(_ message: [UInt8], _ seconds: Double) -> Bool {
    var head: [UInt8] = []
    withUnsafeBytes(of: UInt64(message.count)) { head += $0 }
    withUnsafeBytes(of: seconds) { head += $0 }
    return head.withUnsafeBytes { writeAll($0, to: socketDescriptor) } == 0
      && message.withUnsafeBytes { writeAll($0, to: socketDescriptor) } == 0
  }

  /// A message with a failure holds no result.
  private struct Nothing: IsolatedResult {
    mutating func detachArrays() -> [[Float]] { [] }
    mutating func attach(_ arrays: [[Float]]) {}
    func check(at path: String) {}
  }
}
