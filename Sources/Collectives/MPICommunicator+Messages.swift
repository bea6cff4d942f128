import CMPI

extension MPICommunicator {
  public func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws {
    try checkPeer(peer, tag, "MPI_Send")
    try wait(for: "MPI_Send") {
      cmpi_send(handle, bytes.baseAddress, Int64(bytes.count), Int32(peer), Int32(tag))
    }
  }

  public func receive(
    into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
  ) throws {
    try checkPeer(peer, tag, "MPI_Recv")
    try wait(for: "MPI_Recv") {
      cmpi_receive(handle, into.baseAddress, Int64(into.count), Int32(peer), Int32(tag))
    }
  }

  public func startSend(
    _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int
  ) throws -> StartedOperation {
    try checkPeer(peer, tag, "MPI_Isend")
    var request: OpaquePointer?
    let code = cmpi_start_send(
      handle, bytes.baseAddress, Int64(bytes.count), Int32(peer), Int32(tag), &request)
    try check(code, "MPI_Isend")
    return StartedOperation(MPIOperation(request, "MPI_Wait of MPI_Isend", on: self))
  }

  public func startReceive(
    into: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
  ) throws -> StartedOperation {
    try checkPeer(peer, tag, "MPI_Irecv")
    var request: OpaquePointer?
    let code = cmpi_start_receive(
      handle, into.baseAddress, Int64(into.count), Int32(peer), Int32(tag), &request)
    try check(code, "MPI_Irecv")
    return StartedOperation(MPIOperation(request, "MPI_Wait of MPI_Irecv", on: self))
  }

  public func sender(tag: Int) throws -> Int? {
    try checkTag(tag, "MPI_Iprobe")
    var peer = Int32(-1)
    try check(cmpi_probe(handle, Int32(tag), &peer), "MPI_Iprobe")
    return peer < 0 ? nil : Int(peer)
  }
}
