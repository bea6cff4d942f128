import Foundation
import Support

/// `--ranks N`: runs the same command under mpirun on this machine, with what a container or a
/// machine with fewer cores than ranks needs, so that a user does not have to know Open MPI's
/// switches.
enum Launcher {
  /// Runs mpirun and exits with its code.
  ///
  /// mpirun answers SIGINT and SIGTERM by ending its ranks, SIGUSR1 by handing it on. It is
  /// therefore kept out of the terminal's process group, and gets a SIGUSR1 for the first of these
  /// signals, upon which the ranks save their state and exit with 75 (`LaunchSignals`: they may not have
  /// begun), and a SIGTERM for the next. Commands that have no state to save get the SIGTERM at once.
  ///
  /// - Throws: `Failure(.missingInput)` where mpirun is not installed; `.internalError` where a rank
  ///   was killed.
  static func run(ranks: Int, savesState: Bool) throws -> Never {
    Launcher.savesState = savesState
    guard let mpirun = find("mpirun") else {
      throw Failure(
        .missingInput, "mpirun was not found", at: "PATH",
        hint: "install Open MPI: sudo apt-get install openmpi-bin libopenmpi-dev")
    }
    for (name, value) in environment(ranks: ranks) { setenv(name, value, 0) }
    let arguments = [mpirun, "-n", "\(ranks)", executable] + withoutRanks(CommandLine.arguments)
    defer { removeFolder() }
    try withoutSignals {
      try makeFolder(ranks)
      try spawn(mpirun, arguments)
      forwardSignals()
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    let isSaved = paths.saved.map { access($0, F_OK) == 0 } ?? false
    removeFolder()
    if signals != 0 && code != 0 {
      // The second signal ends mpirun with a code of its own.
      if isSaved { exit(Failure.Code.interrupted.rawValue) }
      if !savesState || signals > 1 { exit(128 + SIGINT) }
    }
    guard code > 128 else { exit(code) }
    throw Failure(
      .internalError, "a rank was ended by signal \(code - 128)", at: "mpirun -n \(ranks)",
      found: String(cString: strsignal(code - 128)),
      hint: (savesState ? "run again with --resume; " : "")
        + "a rank that is killed may have been short of memory")
  }

  nonisolated(unsafe) private static var child: pid_t = 0
  nonisolated(unsafe) private static var signals: sig_atomic_t = 0
  nonisolated(unsafe) private static var savesState = false

  private static func spawn(_ program: String, _ arguments: [String]) throws {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Reading the terminal from another process group would stop it.
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let code = posix_spawn(&child, program, &actions, &attributes, pointers, environ)
    guard code == 0 else {
      throw Failure(
        .internalError, "cannot start mpirun", at: program, found: String(cString: strerror(code)))
    }
  }

  /// Paths of `LaunchSignals`, as signal handlers can use them.
  private struct Paths {
    var folder: String?
    var stop: UnsafeMutablePointer<CChar>?
    var saved: UnsafeMutablePointer<CChar>?
    var ranks: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>?
  }
  nonisolated(unsafe) private static var paths = Paths()

  private static func makeFolder(_ ranks: Int) throws {
    let template = FileManager.default.temporaryDirectory.path + "/neatms-dist-XXXXXX"
    let made = strdup(template)
    defer { free(made) }
    guard let made, mkdtemp(made) != nil else {
      throw Failure(
        .cannotCreate, "cannot make a folder", at: template, found: String(cString: strerror(errno))
      )
    }
    let folder = String(cString: made)
    setenv(LaunchSignals.variable, folder, 1)
    let files = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: ranks)
    _ = files.initialize(from: (0..<ranks).map { strdup(LaunchSignals.rankFile(folder, "\($0)")) })
    paths = Paths(
      folder: folder, stop: strdup(LaunchSignals.stopFile(folder)),
      saved: strdup(LaunchSignals.savedFile(folder)), ranks: files)
  }

  private static func removeFolder() {
    if let folder = paths.folder { try? FileManager.default.removeItem(atPath: folder) }
    paths.folder = nil
  }

  /// Signals that come meanwhile are handled after `body`; what it starts does not inherit that.
  private static func withoutSignals(_ body: () throws -> Void) rethrows {
    var signals = sigset_t()
    var before = sigset_t()
    sigemptyset(&signals)
    for number in handled { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  private static let handled = [SIGINT, SIGTERM, SIGUSR1]

  private static func forwardSignals() {
    for number in handled { signal(number) { _ in Launcher.handOn() } }
  }

  /// In a signal handler.
  private static func handOn() {
    let isFirst = signals == 0
    signals += 1
    guard savesState, isFirst else {
      kill(child, SIGTERM)
      return
    }
    if let stop = paths.stop {
      let file = open(stop, O_CREAT | O_WRONLY, 0o600)
      if file >= 0 { close(file) }
    }
    // A rank that is not there yet will look for the file.
    if let ranks = paths.ranks {
      for path in ranks { if let path, access(path, F_OK) != 0 { return } }
    }
    kill(child, SIGUSR1)
  }

  /// Settings of Open MPI that are not overridden where the user has set them.
  static func environment(ranks: Int) -> [(String, String)] {
    var settings: [(String, String)] = []
    if geteuid() == 0 {
      // In a container everyone is root; mpirun refuses that without both.
      settings += [
        ("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"),
      ]
    }
    // More ranks than cores are allowed, and then not pinned on top of each other.
    settings.append(("OMPI_MCA_rmaps_base_oversubscribe", "1"))
    if ranks > ProcessInfo.processInfo.activeProcessorCount {
      settings.append(("OMPI_MCA_hwloc_base_binding_policy", "none"))
      settings.append(("OMPI_MCA_mpi_yield_when_idle", "1"))
    }
    if !mayReadOtherProcesses {
      // Open MPI copies large messages straight out of the other process where it may; a container
      // that forbids it makes it warn, or hang. Copying twice through shared memory always works.
      settings.append(("OMPI_MCA_btl_vader_single_copy_mechanism", "none"))
    }
    if freeSharedMemory < 256 << 20 {
      // Containers often have a /dev/shm of 64 MB; writing past its end kills a rank.
      let folder = FileManager.default.temporaryDirectory.path
      settings.append(("OMPI_MCA_btl_vader_backing_directory", folder))
    }
    // One message of ours is enough: mpirun's own report on a failed rank repeats it.
    settings.append(("OMPI_MCA_orte_execute_quiet", "1"))
    return settings
  }

  /// Whether process_vm_readv is allowed between a user's processes: Yama's ptrace_scope, and the
  /// system call filter of containers.
  private static var mayReadOtherProcesses: Bool {
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    let scope = text("/proc/sys/kernel/yama/ptrace_scope").prefix(1)
    guard scope.isEmpty || scope == "0" || (scope == "1" && geteuid() == 0) else { return false }
    return !text("/proc/self/status").contains("Seccomp:\t2")
  }

  private static var freeSharedMemory: UInt64 {
    var info = statvfs()
    guard statvfs("/dev/shm", &info) == 0 else { return 0 }
    return UInt64(info.f_bavail) * UInt64(info.f_frsize)
  }

  /// The path of this program.
  private static var executable: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  /// The arguments after the program's name, without `--ranks N` or `--ranks=N`.
  static func withoutRanks(_ arguments: [String]) -> [String] {
    var kept: [String] = []
    var skipsNext = false
    for argument in arguments.dropFirst() {
      if skipsNext {
        skipsNext = false
      } else if argument == "--ranks" {
        skipsNext = true
      } else if !argument.hasPrefix("--ranks=") {
        kept.append(argument)
      }
    }
    return kept
  }

  static func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 }
  }
}
