import Foundation

/// What the program that started this process says about the job, in the environment.
struct Launcher: Equatable {
  /// This process's number, where the launcher tells it.
  var rank: Int?
  /// How many processes the launcher started, where it tells.
  var size: Int?
  /// Whether the launcher tells that all processes are on this host.
  var isOfOneHost = false

  /// Nil when no MPI launcher started this process.
  ///
  /// Known are Open MPI's mpirun (`OMPI_COMM_WORLD_…`), MPICH's, Intel's and Slurm's PMI
  /// (`PMI_…`), PMIx, and plain `srun` with several tasks. `SLURM_PROCID` alone means nothing: a
  /// batch script has it too.
  init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    let tasks = number("SLURM_STEP_NUM_TASKS")
    if let size = number("OMPI_COMM_WORLD_SIZE") {
      (rank, self.size) = (number("OMPI_COMM_WORLD_RANK"), size)
      isOfOneHost = number("OMPI_COMM_WORLD_LOCAL_SIZE") == size
    } else if let rank = number("PMI_RANK") {
      (self.rank, size) = (rank, number("PMI_SIZE") ?? tasks)
    } else if let rank = number("PMIX_RANK") {
      (self.rank, size) = (rank, tasks)
    } else if let tasks, tasks > 1, let rank = number("SLURM_PROCID") {
      (self.rank, size) = (rank, tasks)
    } else {
      return nil
    }
  }
}
