import Foundation
import Support

/// `--ranks N`: runs the same command under mpirun on this machine, with what a container or a
/// machine with fewer cores than ranks needs, so that a user does not have to know Open MPI's
/// switches.
enum Launcher {
  /// Replaces this process by mpirun.
  ///
  /// - Throws: `Failure(.missingInput)` where mpirun is not installed.
  static func relaunch(ranks: Int) throws -> Never {
    guard let mpirun = find("mpirun") else {
      throw Failure(
        .missingInput, "mpirun was not found", at: "PATH",
        hint: "install Open MPI: sudo apt-get install openmpi-bin libopenmpi-dev")
    }
    for (name, value) in environment(ranks: ranks) { setenv(name, value, 0) }
    let arguments = [mpirun, "-n", "\(ranks)", executable] + withoutRanks(CommandLine.arguments)
    var pointers = arguments.map { strdup($0) } + [nil]
    execv(mpirun, &pointers)
    let reason = String(cString: strerror(errno))
    throw Failure(.internalError, "cannot start mpirun", at: mpirun, found: reason)
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
    // Containers forbid reading another process's memory; Open MPI then warns on every start.
    settings.append(("OMPI_MCA_btl_vader_single_copy_mechanism", "none"))
    return settings
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
