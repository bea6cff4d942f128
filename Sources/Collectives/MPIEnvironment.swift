import CMPI
import Foundation
import Support

/// MPI's lifetime as a scope.
///
///     MPIEnvironment.withWorld { world in
///       try world.barrier()
///     }
public enum MPIEnvironment {
  /// Whether an MPI launcher (mpirun, srun, …) started this process.
  public static func isLaunchedByMPI(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    Launcher(environment) != nil
  }

  /// "Open MPI v4.1.4, …": the library this program runs with.
  public static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: 512)
    cmpi_library_version(&text, Int32(text.count))
    return text.text
  }

  /// Runs `body` with all ranks of the job, and ends the process when it throws.
  ///
  /// Started by an MPI launcher, the world is MPI's: MPI_Init_thread before, MPI_Finalize after.
  /// Otherwise it is a `SoloCommunicator`, and MPI is not touched: that starts sooner, and works
  /// where MPI is broken.
  ///
  /// When `body` throws an `AgreedFailure` (which all ranks do then), rank 0 tells it, and every
  /// rank finalizes MPI and exits with its code. Any other error is told by its rank
  /// ("neatms-dist: rank 3: …"), which ends the whole job by MPI_Abort with the error's code; of
  /// several ranks of a host that fail at the same time, one tells.
  ///
  /// - Parameter stallLimit: how long a collective of several ranks may wait before it ends the job
  ///   like an error of its rank; nil: for ever.
  public static func withWorld<Result>(
    stallLimit: StallLimit? = nil, _ body: (any Communicator) throws -> Result
  ) -> Result {
    guard let launcher = Launcher() else {
      do { return try body(SoloCommunicator()) } catch { endAlone(error) }
    }
    let world: MPICommunicator
    do { world = try start(launcher) } catch { endAlone(error, rank: launcher.rank) }
    let result: Result
    do {
      if let stallLimit { try StallWatch.start(stallLimit, world) }
      result = try body(world)
    } catch { end(error, world) }
    do { try world.wait(for: "MPI_Finalize", cmpi_finalize) } catch { endAlone(error) }
    return result
  }

  /// Open MPI's parameters for this network's gradients, unless the user or mpirun set them.
  ///
  /// Measured with `mpi-suite bench` on 2 ranks of one host, 3.9 MB: Open MPI 4.1 starts an
  /// all-reduce as a binomial reduce and broadcast, which takes twice the time of Rabenseifner's
  /// algorithm (1.2 against 0.6 ms). Where a container forbids copying between processes, every
  /// test of the request moves one fragment, so that larger ones matter (10 against 1.9 ms).
  static let parameters = [
    "OMPI_MCA_coll_libnbc_iallreduce_algorithm": "3",
    "OMPI_MCA_btl_vader_max_send_size": "262144",
  ]

  /// Where all ranks are of one host, no network is asked for: Open MPI 4.1 looks for the devices of
  /// each kind at every start, which takes 0.2 of its 0.37 seconds (`mpirun -n 2`), and sends
  /// through shared memory in the end.
  static let parametersOfOneHost = ["OMPI_MCA_pml": "ob1"]

  private static func start(_ launcher: Launcher) throws -> MPICommunicator {
    for (name, value) in parameters { setenv(name, value, 0) }
    if launcher.isOfOneHost {
      for (name, value) in parametersOfOneHost { setenv(name, value, 0) }
    }
    let job = MPIJob()
    try job.check(cmpi_init(), "MPI_Init_thread", "rank \(launcher.rank ?? 0)")
    var handle: OpaquePointer?
    try job.check(cmpi_world(&handle), "MPI_COMM_WORLD", "rank \(launcher.rank ?? 0)")
    guard let handle else { throw Failure(.internalError, "MPI has no world") }
    let world = try MPICommunicator(handle: handle, job: job)
    if world.size == 1, let started = launcher.size, started > 1 {
      cmpi_finalize()
      throw Failure(
        .usage, "started as \(started) processes that do not find each other",
        expected: "\(started) ranks", found: "1",
        hint: "Use the mpirun (or the PMI plugin of srun) that belongs to \(libraryVersion).")
    }
    try withUnsafeMutableBytes(of: &job.token) { try world.broadcast($0, root: 0) }
    return world
  }
}
