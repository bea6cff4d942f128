import CSandbox
import Foundation
import Isolation
import KerasFile
import Support

/// What code that a file has taken over could do in the child that reads it.
enum Misbehaviour: String, CaseIterable {
  case crash, abort, trap, loop, hog, flood, silence
  /// Says which of the things that a reader has no right to it could do.
  case rights
  /// Messages of the wrong form.
  case garbage, longHead, longArrays, extraBytes, noise
  /// A result with a number that JSON does not have.
  case endless

  var task: IsolatedTask {
    IsolatedTask(rawValue) { request -> KerasModel in
      if self == .endless {
        var model = try KerasFile.read(request.path)
        model.margin = .infinity
        return model
      }
      try perform(request)
      throw Failure(.internalError, "went on after \(rawValue)")
    }
  }

  private func perform(_ request: IsolatedRequest) throws {
    switch self {
    case .crash: UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
    case .abort: Foundation.abort()
    case .trap: _ = [Int]()[request.path.count]
    case .loop: while getpid() != 0 {}
    case .hog: Self.hog()
    case .flood: while true { Self.tell([UInt8](repeating: 0, count: 1 << 20)) }
    case .silence: _exit(0)
    case .rights: try tryRights(request.path)
    case .garbage: Self.end(telling: [1, 2, 3])
    case .longHead: Self.end(telling: [UInt8](repeating: 0xFF, count: 64))
    case .longArrays: Self.end(telling: Self.message(#"{"lengths":[4611686018427387904]}"#))
    case .extraBytes: try Self.end(telling: Self.model(request.path) + [0, 0, 0, 0])
    case .noise: try Self.end(telling: Self.notFinite(request.path))
    case .endless: break
    }
  }

  private static func hog() {
    while let piece = malloc(1 << 20) { memset(piece, 1, 1 << 20) }
    // As code does that never thinks of it.
    Foundation.abort()
  }

  private static func tell(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { writeAll($0, to: 3) }
  }

  private static func end(telling bytes: [UInt8]) -> Never {
    tell(bytes)
    _exit(0)
  }

  private static func message(_ json: String) -> [UInt8] {
    withUnsafeBytes(of: UInt64(json.utf8.count)) { Array($0) } + Array(json.utf8)
  }

  /// The message of a model whose weights are still to come.
  private static func head(_ model: KerasModel) throws -> [UInt8] {
    var model = model
    let lengths = model.detachArrays().map(\.count)
    let result = String(decoding: try JSONEncoder().encode(model), as: UTF8.self)
    return message(#"{"result":\#(result),"lengths":\#(lengths)}"#)
  }

  private static func model(_ path: String) throws -> [UInt8] {
    var model = try KerasFile.read(path)
    var bytes = try head(model)
    for array in model.detachArrays() { array.withUnsafeBytes { bytes += $0 } }
    return bytes
  }

  private static func notFinite(_ path: String) throws -> [UInt8] {
    var bytes = try model(path)
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
    return bytes
  }
}

/// Rights that reading needs not, tried one after the other.
private func tryRights(_ path: String) throws {
  var done: [String] = []
  func attempt(_ what: String, _ succeeds: Bool) { if succeeds { done.append(what) } }
  attempt("socket to the starter", fcntlIsOpen(4))
  attempt("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) >= 0)
  attempt("create", open(path + ".made", O_WRONLY | O_CREAT, 0o600) >= 0)
  attempt("change", open(path, O_RDWR) >= 0)
  attempt("remove", unlink(path) == 0)
  attempt("signal", kill(getppid(), 0) == 0)
  attempt("limit", raisesLimit())
  attempt("execute", isExecutable())
  attempt("error output", write(STDERR_FILENO, "x", 1) == 1)
  let child = csandbox_fork()
  if child == 0 { _exit(0) }
  attempt("fork", child > 0)
  attempt("exec", startsProgram())
  throw Failure(.badData, "tried all", at: path, found: done.isEmpty ? "nothing" : "\(done)")
}

private func raisesLimit() -> Bool {
  var limit = rlimit(rlim_cur: 60, rlim_max: 60)
  return setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit) == 0
}

private func isExecutable() -> Bool {
  let page = mmap(nil, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  return page != MAP_FAILED
}

private func startsProgram() -> Bool {
  var process: pid_t = 0
  var arguments: [UnsafeMutablePointer<CChar>?] = [nil]
  return posix_spawn(&process, "/bin/true", nil, nil, &arguments, nil) == 0
}

private func fcntlIsOpen(_ descriptor: Int32) -> Bool {
  var info = stat()
  return fstat(descriptor, &info) == 0
}
