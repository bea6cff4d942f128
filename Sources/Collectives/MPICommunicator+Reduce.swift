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
  ) throws -> StartedOperation {
    var request: OpaquePointer?
    try check(
      cmpi_start_allreduce(
        handle, buffer.baseAddress, Int64(buffer.count), CMPI_FLOAT, CMPI_SUM, &request),
      "MPI_Iallreduce")
    return StartedOperation(MPIOperation(request, "MPI_Wait of MPI_Iallreduce", on: self))
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
