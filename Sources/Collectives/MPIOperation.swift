import CMPI

/// What MPI has started: the request, until MPI says that it is complete or failed.
final class MPIOperation: PendingOperation {
  private var request: OpaquePointer?
  /// As messages name the wait for it.
  private let name: StaticString
  private let communicator: MPICommunicator

  init(_ request: OpaquePointer?, _ name: StaticString, on communicator: MPICommunicator) {
    (self.request, self.name, self.communicator) = (request, name, communicator)
  }

  func test() throws -> Bool {
    guard let request else { return true }
    var done: Int32 = 0
    let code = cmpi_test(request, &done)
    if done != 0 || code != 0 { self.request = nil }
    try communicator.check(code, "\(name)")
    return done != 0
  }

  func wait() throws {
    guard let request else { return }
    self.request = nil
    try communicator.wait(for: name) { cmpi_wait(request) }
  }
}
