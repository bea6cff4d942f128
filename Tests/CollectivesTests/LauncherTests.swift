import Collectives
import Foundation
import Support
import TestTools
import Testing

@Suite struct LauncherTests {
  @Test func launchersAreKnown() {
    let launched: [[String: String]] = [
      ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"],
      ["PMI_RANK": "3", "PMI_SIZE": "4"], ["PMIX_RANK": "0"],
      ["SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2"],
    ]
    for environment in launched { #expect(MPIEnvironment.isLaunchedByMPI(environment)) }
    // A shell, a batch script (which has SLURM_PROCID), and one task of srun.
    let alone: [[String: String]] = [
      [:], ["SLURM_PROCID": "0", "SLURM_NTASKS": "8"],
      ["SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"],
    ]
    for environment in alone { #expect(!MPIEnvironment.isLaunchedByMPI(environment)) }
  }

  /// Another MPI's mpirun starts processes that each are alone in the world: they must not all
  /// train, and write the same files.
  @Test func foreignLauncher() throws {
    let environment = MPIRun.environment.merging(["PMI_RANK": "0", "PMI_SIZE": "3"]) { $1 }
    let first = try run(builtProduct("mpi-suite"), environment: environment)
    #expect(first.status == 64)
    #expect(
      first.stderr.hasPrefix(
        "mpi-suite: started as 3 processes that do not find each other: expected 3 ranks, found 1\n"
          + "  Use the mpirun"), "\(first.stderr)")
    let second = try run(
      builtProduct("mpi-suite"), environment: environment.merging(["PMI_RANK": "1"]) { $1 })
    #expect(second.status == 64)
    #expect(second.stderr == "")
  }

  /// Open MPI tells which of its layers for messages it loads; "ob1" alone asks for no network.
  @Test(arguments: [(nil, false), ("^ucx", true)] as [(String?, Bool)])
  func ranksOfOneHostLookForNoNetwork(chosen: String?, looksForNetwork: Bool) throws {
    var environment = ["OMPI_MCA_pml_base_verbose": "10"]
    environment["OMPI_MCA_pml"] = chosen
    let result = try runMPI(ranks: 2, builtProduct("mpi-suite"), environment: environment)
    #expect(result.status == 0)
    #expect(result.stderr.contains("component ob1 selected"))
    #expect(result.stderr.contains("found loaded component cm") == looksForNetwork)
  }

  @Test func versionIsKnownWithoutMPI() {
    #expect(MPIEnvironment.libraryVersion.hasPrefix("Open MPI v4."))
  }

  @Test func missingProgramNamesItsPackage() {
    #expect {
      try findProgram("mpirun-that-is-not-there", hint: "apt-get install openmpi-bin")
    } throws: {
      ($0 as? Failure)?.hint == "apt-get install openmpi-bin"
    }
  }
}
