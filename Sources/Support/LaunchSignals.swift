import Foundation

/// What `--ranks` and the ranks that it starts tell each other by empty files in a folder that the environment
/// names. mpirun loses signals before it has started its ranks, and a rank dies of SIGUSR1 before it listens: so
/// the launcher notes that the run shall stop, and sends the signal only when every rank listens.
public enum LaunchSignals {
  /// The folder.
  public static let variable = "NEATMS_DIST_LAUNCH"

  /// A rank listens to signals from now on.
  /// - Returns: whether the run was to stop already.
  public static func rankListens() -> Bool {
    guard let folder = ProcessInfo.processInfo.environment[variable] else { return false }
    let rank = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"] ?? "0"
    note(rankFile(folder, rank))
    return access(stopFile(folder), F_OK) == 0
  }

  /// An interrupted run has saved its state.
  public static func stateIsSaved() {
    guard let folder = ProcessInfo.processInfo.environment[variable] else { return }
    note(savedFile(folder))
  }

  public static func rankFile(_ folder: String, _ rank: String) -> String {
    "\(folder)/rank-\(rank)"
  }
  public static func stopFile(_ folder: String) -> String { "\(folder)/stop" }
  public static func savedFile(_ folder: String) -> String { "\(folder)/saved" }

  private static func note(_ path: String) {
    let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    if file >= 0 { close(file) }
  }
}
