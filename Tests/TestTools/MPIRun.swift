import Foundation

/// How the tests start programs under Open MPI on one machine, of any number of cores.
public enum MPIRun {
  /// Everything a test machine needs, in the environment rather than on the command line, so that
  /// `mpirun -n 8` in a test is what a user types.
  public static let environment = [
    // Containers often run as root.
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    // More ranks than cores.
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    // Unpinned: several jobs at once would all be pinned to core 0.
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    // Waiting ranks give up their core to those that compute.
    "OMPI_MCA_mpi_yield_when_idle": "1",
    // Containers may not read another process's memory.
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    // One machine: no search for networks and no ssh.
    "OMPI_MCA_btl": "self,vader",
    "OMPI_MCA_plm_rsh_agent": "",
  ]

  public static func mpirun() throws -> String {
    try findProgram("mpirun", hint: "apt-get install openmpi-bin libopenmpi-dev")
  }

  /// A started job.
  public static func start(
    ranks: Int, _ executable: String, _ arguments: [String] = [],
    environment: [String: String] = [:], directory: String? = nil
  ) throws -> RunningProgram {
    try RunningProgram(
      mpirun(), ["-n", String(ranks), executable] + arguments,
      environment: self.environment.merging(environment) { $1 }, directory: directory)
  }
}

/// Runs `mpirun -n ranks executable arguments…` to its end.
/// - Throws: `Failure` when mpirun is missing (with the apt line) or the job does not end in time.
public func runMPI(
  ranks: Int, _ executable: String, _ arguments: [String] = [],
  environment: [String: String] = [:], directory: String? = nil, timeout: Double = 120
) throws -> RunResult {
  try MPIRun.start(
    ranks: ranks, executable, arguments, environment: environment, directory: directory
  ).wait(timeout: timeout)
}
