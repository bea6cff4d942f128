import CSandbox
import Foundation
import Support

/// Starting the process, and the bytes between it and its starter.
extension IsolatedReader {
  /// Variables that the dynamic linker may need; the launcher's and all others stay here.
  private static let kept = ["LD_LIBRARY_PATH"]

  static func spawn(socket: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, socket, socketDescriptor)
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_WRONLY), (STDERR_FILENO, O_WRONLY),
    ] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Whatever this process ignores or blocks, its reader starts with the system's defaults, and heeds
    // a Ctrl-C no sooner than it ignores it.
    var (held, all) = (sigset_t(), sigset_t())
    csandbox_parents_signals(&held)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &held)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let variables =
      ["\(marker)=1", "SWIFT_BACKTRACE=enable=no"]
      + kept.compactMap { name in
        ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
      }
    return try withStrings([processName]) { arguments in
      try withStrings(variables) { environment in
        var process: pid_t = 0
        let code = posix_spawn(
          &process, "/proc/self/exe", &actions, &attributes, arguments, environment)
        guard code == 0 else { throw notStarted(code) }
        return process
      }
    }
  }

  private static func withStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) throws -> R
  ) rethrows -> R {
    let pointers = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return try pointers.withUnsafeBufferPointer { try body($0.baseAddress.unsafelyUnwrapped) }
  }

  static func notStarted(_ reason: Int32) -> Failure {
    Failure(
      .internalError, "the process that reads files cannot be started", at: "/proc/self/exe",
      found: String(cString: strerror(reason)),
      hint: reason == ENOENT ? "Is /proc mounted in this container?" : nil)
  }

  static func lost(_ found: String) -> Failure {
    Failure(
      .internalError, "the process that reads files is gone", found: found,
      hint: "It may have been killed for want of memory: try again.")
  }

  /// Without SIGPIPE, which would end this process when the other is gone.
  /// - Returns: 0 or the errno.
  static func send(_ bytes: UnsafeRawBufferPointer, to socket: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress
      let count = Foundation.send(socket, base, rest.count, Int32(MSG_NOSIGNAL))
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }

  /// Exactly `count` bytes.
  /// - Throws: `Failure(.internalError)` at the other's end, and when patience ends.
  static func receive(
    _ count: Int, from socket: Int32, _ patience: inout Patience
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      guard patience.wait(for: socket) else { throw lost("no answer in time") }
      let got = bytes.withUnsafeMutableBytes {
        Foundation.read(socket, $0.baseAddress?.advanced(by: done), count - done)
      }
      if got > 0 {
        done += got
      } else if got == 0 || errno != EINTR {
        throw lost(got == 0 ? "it ended" : String(cString: strerror(errno)))
      }
    }
    return bytes
  }
}
