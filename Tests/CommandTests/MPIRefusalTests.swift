import Foundation
import TestTools
import Testing

/// What Open MPI itself refuses before this program starts, and that `scripts/mpi-env.sh` lifts it.
@Suite(.serialized) struct MPIRefusalTests {
  /// `mpirun -n ranks neatms-dist train` in an environment without any of Open MPI's variables.
  private func train(
    ranks: Int, _ variables: [String] = [], setUp: String = "true", in folder: TemporaryFolder
  ) throws -> RunResult {
    let command =
      "\(setUp); mpirun -n \(ranks) '\(try builtProduct("neatms-dist"))' "
      + "train --data peaks.h5 --epochs 1 --overwrite"
    let clean = ["-i", "PATH=/usr/bin:/bin", "HOME=\(folder.path)"] + variables
    return try run("/usr/bin/env", clean + ["bash", "-c", command], directory: folder.path)
  }

  private var more: Int { ProcessInfo.processInfo.activeProcessorCount + 1 }
  private var lift: String { ". '\(packageRoot.path)/scripts/mpi-env.sh'" }

  @Test(.enabled(if: geteuid() == 0, "only root is refused"))
  func rootIsRefusedUntilAllowed() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 100)
    let refused = try train(ranks: 1, in: folder)
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("attempt to run as root"), "\(refused.stderr)")
    let lifted = try train(ranks: 1, setUp: lift, in: folder)
    #expect(lifted.status == 0, "\(lifted.stderr)")
  }

  @Test func ranksOverTheSlotsAreRefusedUntilAllowed() throws {
    let folder = try TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 100)
    let asRoot = ["OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"]
    let refused = try train(ranks: more, asRoot, in: folder)
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("not enough slots"), "\(refused.stderr)")
    let lifted = try train(ranks: more, asRoot, setUp: lift, in: folder)
    #expect(lifted.status == 0, "\(lifted.stderr)")
    #expect(lifted.stderr.contains("\(more) ranks"), "\(lifted.stderr)")
  }
}
