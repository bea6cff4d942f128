import CMPI
import Support

extension MPICommunicator {
  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ operation: ReduceOperation
  ) throws {
    try reduce(UnsafeMutableRawPointer(buffer.baseAddress), buffer.count, CMPI_FLOAT, operation)
  }

  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Double>, _ operation: ReduceOperation
  ) throws {
    try reduce(UnsafeMutableRawPointer(buffer.baseAddress), buffer.count, CMPI_DOUBLE, operation)
  }

  public func allReduce(
    _ buffer: UnsafeMutableBufferPointer<Int64>, _ operation: ReduceOperation
  ) throws {
    try reduce(UnsafeMutableRawPointer(buffer.baseAddress), buffer.count, CMPI_INT64, operation)
  }

  private func reduce(
    _ buffer: UnsafeMutableRawPointer?, _ count: Int, _ type: cmpi_type,
    _ operation: ReduceOperation
  ) throws {
    try wait(for: "MPI_Allreduce") {
      cmpi_allreduce(handle, buffer, Int64(count), type, operation.code)
    }
  }

  public func startAllReduce(
    _ buffer: UnsafeMutableBufferPointer<Float>
  ) throws -> ReductionRequest {
    var request: OpaquePointer?
    try check(
      cmpi_start_allreduce(
        handle, buffer.baseAddress, Int64(buffer.count), CMPI_FLOAT, CMPI_SUM, &request),
      "MPI_Iallreduce")
    return ReductionRequest(MPIReduction(request, on: self))
  }
}

extension ReduceOperation {
  var code: cmpi_op {
    switch self {
    case .sum: CMPI_SUM
    case .max: CMPI_MAX
    case .min: CMPI_MIN
    }
  }
}

/// A started MPI_Iallreduce: the request, until MPI says that it is complete or failed.
private final class MPIReduction: PendingReduction {
  private var request: OpaquePointer?
  private let communicator: MPICommunicator

  init(_ request: OpaquePointer?, on communicator: MPICommunicator) {
    self.request = request
    self.communicator = communicator
  }

  func test() throws -> Bool {
    guard let request else { return true }
    var done: Int32 = 0
    let code = cmpi_test(request, &done)
    if done != 0 || code != 0 { self.request = nil }
    try communicator.check(code, "MPI_Test of MPI_Iallreduce")
    return done != 0
  }

  func wait() throws {
    guard let request else { return }
    self.request = nil
    try communicator.wait(for: "MPI_Wait of MPI_Iallreduce") { cmpi_wait(request) }
  }
}
