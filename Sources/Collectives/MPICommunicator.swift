import CMPI
import Foundation
import Support

/// MPI's collectives over one group of ranks. Made by `MPIEnvironment.withWorld` and by splitting.
///
/// Not `Sendable`: MPI is called from the thread that started it.
public final class MPICommunicator: Communicator {
  public let rank: Int
  public let size: Int
  let handle: OpaquePointer
  let job: MPIJob

  /// Takes over a communicator of the shim.
  init(handle: OpaquePointer, job: MPIJob) throws {
    var (rank, size) = (Int32(0), Int32(0))
    try job.check(cmpi_comm_rank(handle, &rank), "MPI_Comm_rank", "world")
    try job.check(cmpi_comm_size(handle, &size), "MPI_Comm_size", "world")
    self.rank = Int(rank)
    self.size = Int(size)
    self.handle = handle
    self.job = job
  }

  deinit { cmpi_comm_free(handle) }

  /// The one place where MPI's codes become errors of collectives.
  func check(_ code: Int32, _ call: @autoclosure () -> String) throws {
    guard code != 0 else { return }
    try job.check(code, call(), "rank \(rank) of \(size)")
  }

  /// A call that may wait for other ranks: where `StallWatch` sees it, and checked.
  func wait(for call: StaticString, _ body: () -> Int32) throws {
    try check(Wait.during(call, body), "\(call)")
  }

  public func barrier() throws { try wait(for: "MPI_Barrier") { cmpi_barrier(handle) } }

  public func broadcast(_ buffer: UnsafeMutableRawBufferPointer, root: Int) throws {
    try checkRoot(root, "MPI_Bcast")
    try wait(for: "MPI_Bcast") {
      cmpi_broadcast(handle, buffer.baseAddress, Int64(buffer.count), Int32(root))
    }
  }

  public func abort(_ code: Int32) -> Never {
    _ = cmpi_abort(handle, code)
    exit(code)
  }
}

/// What all communicators of a job know.
final class MPIJob {
  /// Set when MPI reported an error: mostly an echo of what another rank met and tells.
  private(set) var sawError = false
  /// Rank 0's random number, which tells this job from others on the same host.
  var token = UInt64.random(in: .min ... .max)

  /// Throws unless `code` is MPI's success.
  func check(_ code: Int32, _ call: String, _ place: String) throws {
    guard code != 0 else { return }
    sawError = true
    throw Failure(
      .internalError, "MPI reports an error", at: "\(call), \(place)",
      expected: "MPI_SUCCESS", found: MPIJob.message(code),
      hint: "Mostly another rank or the network between the hosts failed; its message tells more.")
  }

  /// MPI's words for a code, with the code.
  static func message(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 512)
    cmpi_error_string(code, &text, Int32(text.count))
    return "\(text.text) (code \(code))"
  }
}

extension [CChar] {
  /// The characters before the first zero.
  var text: String {
    String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
