import CMPI
import Support

extension MPICommunicator {
  public func gather(
    _ part: UnsafeRawBufferPointer, counts: [Int], into: UnsafeMutableRawBufferPointer?, root: Int
  ) throws {
    try checkGather(part, counts, into, root)
    try wait(for: "MPI_Gatherv") {
      cmpi_gather(
        handle, part.baseAddress, counts.map(Int64.init), into?.baseAddress, Int32(root))
    }
  }

  public func scatter(
    _ whole: UnsafeRawBufferPointer?, counts: [Int], into: UnsafeMutableRawBufferPointer, root: Int
  ) throws {
    try checkScatter(whole, counts, into, root)
    try wait(for: "MPI_Scatterv") {
      cmpi_scatter(
        handle, whole?.baseAddress, counts.map(Int64.init), into.baseAddress, Int32(root))
    }
  }

  public func allToAll(
    _ send: UnsafeRawBufferPointer, sendCounts: [Int], into: UnsafeMutableRawBufferPointer,
    receiveCounts: [Int]
  ) throws {
    try checkAllToAll(send, sendCounts, into, receiveCounts)
    try wait(for: "MPI_Alltoallv") {
      cmpi_all_to_all(
        handle, send.baseAddress, sendCounts.map(Int64.init), into.baseAddress,
        receiveCounts.map(Int64.init))
    }
  }

  public func splitByHost() throws -> any Communicator {
    var part: OpaquePointer?
    try wait(for: "MPI_Comm_split_type") { cmpi_comm_split_by_host(handle, &part) }
    guard let part else {
      throw Failure(
        .internalError, "MPI gave no communicator for this host", at: place("MPI_Comm_split_type"))
    }
    return try MPICommunicator(handle: part, job: job)
  }

  public func split(colour: Int) throws -> (any Communicator)? {
    try checkColour(colour)
    var part: OpaquePointer?
    try wait(for: "MPI_Comm_split") { cmpi_comm_split(handle, Int32(max(colour, -1)), &part) }
    return try part.map { try MPICommunicator(handle: $0, job: job) }
  }
}
