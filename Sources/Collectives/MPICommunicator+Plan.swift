import CMPI
import Support

extension MPICommunicator {
  public func plan(_ messages: [PlannedMessage]) throws -> any MessagePlan {
    for message in messages { try check(message) }
    return try MPIPlan(messages, on: self)
  }
}

extension PlannedMessage.Direction {
  fileprivate var kind: cmpi_message {
    switch self {
    case .send: CMPI_SEND
    case .sendPart: CMPI_SEND_PART
    case .receive: CMPI_RECEIVE
    }
  }
}

/// MPI's persistent requests, in the order of the list.
private final class MPIPlan: MessagePlan {
  private let plan: OpaquePointer?
  private let communicator: MPICommunicator

  init(_ messages: [PlannedMessage], on communicator: MPICommunicator) throws {
    self.communicator = communicator
    var made: OpaquePointer?
    try communicator.check(
      cmpi_plan_make(communicator.handle, Int64(messages.count), &made), "MPI_Send_init")
    plan = made
    for message in messages {
      let code = cmpi_plan_add(
        made, message.direction.kind, message.bytes.baseAddress,
        Int32(message.bytes.count), Int32(message.peer), Int32(message.tag))
      try communicator.check(code, message.direction.call)
    }
  }

  deinit { _ = plan.map { cmpi_plan_free($0) } }

  func start(_ messages: Range<Int>) throws {
    try communicator.check(
      cmpi_plan_start(plan, Int32(messages.lowerBound), Int32(messages.count)), "MPI_Startall")
  }

  func send(_ message: Int, bytes: Int) throws {
    try communicator.check(cmpi_plan_send(plan, Int32(message), Int32(bytes)), "MPI_Isend")
  }

  func test() throws { try communicator.check(cmpi_plan_test(plan), "MPI_Testall") }

  func isDone(_ messages: Range<Int>) throws -> Bool {
    var done: Int32 = 0
    try communicator.check(
      cmpi_plan_is_done(plan, Int32(messages.lowerBound), Int32(messages.count), &done),
      "MPI_Testall")
    return done != 0
  }

  func wait(_ messages: Range<Int>) throws {
    try communicator.wait(for: "MPI_Waitall") {
      cmpi_plan_wait(plan, Int32(messages.lowerBound), Int32(messages.count))
    }
  }
}
