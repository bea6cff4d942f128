import CMPI
import Foundation
import Support

// How a program ends when something failed.
extension MPIEnvironment {
  /// Ends a process that has no job to end: one not under MPI, or one that MPI does not know. Only
  /// the first of several tells.
  static func endAlone(_ error: any Error, rank: Int? = nil) -> Never {
    let failure = (error as? AgreedFailure)?.failure ?? Failure(wrapping: error)
    if (rank ?? 0) == 0 { tell(failure.description) }
    exit(failure.code.rawValue)
  }

  /// Ends a rank of a job.
  static func end(_ error: any Error, _ world: MPICommunicator) -> Never {
    if let agreed = error as? AgreedFailure {
      if world.rank == 0 { tell(agreed.failure.description) }
      _ = Wait.during("MPI_Finalize", cmpi_finalize)
      exit(agreed.failure.code.rawValue)
    }
    let failure = Failure(wrapping: error)
    // What MPI reports is mostly the echo of another rank's end: let that one speak first.
    if world.job.sawError { usleep(500_000) }
    JobEnd(world).end(failure)
  }

  /// "neatms-dist: message", in one write, so that lines of several ranks do not mix.
  fileprivate static func tell(_ message: String) {
    let program = CommandLine.arguments.first.map { URL(filePath: $0).lastPathComponent }
    _ = writeAll("\(program ?? "neatms-dist"): \(message)\n", to: STDERR_FILENO)
  }
}

/// What it takes to end the job from any thread.
struct JobEnd: @unchecked Sendable {
  // Unchecked: the world's handle is valid until the process ends.
  private let rank: Int
  private let size: Int
  private let token: UInt64
  private let handle: OpaquePointer

  init(_ world: MPICommunicator) {
    (rank, size) = (world.rank, world.size)
    token = world.job.token
    handle = world.handle
  }

  /// Says why, unless another rank of this host does, and ends every rank by MPI_Abort.
  func end(_ failure: Failure) -> Never {
    if claimLastWord() {
      MPIEnvironment.tell(size == 1 ? failure.description : "rank \(rank): \(failure)")
      // The claim ends with this process: ranks that fail a moment later must still find it.
      if size > 1 { usleep(300_000) }
    } else {
      usleep(500_000)
    }
    _ = cmpi_abort(handle, failure.code.rawValue)
    _exit(failure.code.rawValue)
  }

  /// True for the first rank of this job that asks on this host.
  ///
  /// The claim is a bound socket in Linux's abstract namespace, which leaves no file behind and ends
  /// with the process. Where it cannot be made, every rank may speak.
  private func claimLastWord() -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    guard descriptor >= 0 else { return true }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The leading zero makes the name abstract.
    let name = [0] + Array("neatms-dist-\(String(token, radix: 16))".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
    }
    return bound == 0 || errno != EADDRINUSE
  }
}
