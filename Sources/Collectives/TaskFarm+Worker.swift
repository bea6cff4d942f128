import Glibc
import Support

/// The side of a task farm of every rank but 0.
final class FarmWorker {
  private let world: any Communicator
  private var isHurried = false
  private var interval = PollInterval()
  private var failure: Failure?
  /// What kept messages from going through, however `work` dealt with it.
  private var broken: (any Error)?

  init(_ world: any Communicator) { self.world = world }

  /// Returns when rank 0 lets this rank go, with what failed here.
  func run(_ work: FarmWork) throws -> Failure? {
    var outcome: Outcome? = (FarmMessage(.idle), [])
    while let (report, result) = outcome {
      outcome = try result.withUnsafeBytes { result in
        try send(report, result) { try doNext(work) }
      }
    }
    return failure
  }

  /// What is told of a task, and its result.
  private typealias Outcome = (report: FarmMessage, result: [UInt8])

  /// Sends a report; the result is on its way while `body` runs.
  private func send<Result>(
    _ report: FarmMessage, _ result: UnsafeRawBufferPointer, during body: () throws -> Result
  ) throws -> Result {
    var report = report
    report.bytes = Int64(result.count)
    try withUnsafeBytes(of: report) { try world.send($0, to: 0, tag: FarmMessage.reportTag) }
    if result.isEmpty { return try body() }
    let sending = try world.startSend(result, to: 0, tag: FarmMessage.resultTag)
    let value = try body()
    try sending.wait()
    return value
  }

  /// Does the next task; nil when rank 0 lets this rank go.
  private func doNext(_ work: FarmWork) throws -> Outcome? {
    try waitForReply()
    let (reply, task) = try FarmMessage.receive(from: 0, tag: FarmMessage.replyTag, world)
    guard FarmMessage.Kind(rawValue: reply.kind) == .task else {
      if reply.isHurried == 1, !isHurried { try receiveHurry() }
      return nil
    }
    // A task that was handed out ahead of a failure.
    if failure != nil || isHurried {
      return (FarmMessage(.failed, index: Int(reply.index)), [])
    }
    return try doTask(Int(reply.index), task, work)
  }

  private func doTask(_ index: Int, _ task: [UInt8], _ work: FarmWork) throws -> Outcome {
    var outcome: Outcome = (FarmMessage(.failed, index: index), [])
    do {
      outcome.result = try work(index, task) { try poll() }
      outcome.report = FarmMessage(.result, index: index)
    } catch let agreed as AgreedFailure {
      failure = agreed.failure
    } catch {
      if !(error is FarmStopped) { failure = Failure(wrapping: error) }
    }
    if let broken { throw broken }
    return outcome
  }

  private func poll() throws {
    guard interval.hasPassed() else { return }
    do {
      if !isHurried, try world.sender(tag: FarmMessage.hurryTag) != nil { try receiveHurry() }
    } catch {
      broken = error
      throw error
    }
    if isHurried { throw FarmStopped() }
  }

  private func receiveHurry() throws {
    _ = try FarmMessage.receive(from: 0, tag: FarmMessage.hurryTag, world)
    isHurried = true
  }

  private func waitForReply() throws {
    var patience = Patience()
    while try world.sender(tag: FarmMessage.replyTag) == nil { patience.pause() }
  }
}

/// Waiting that leaves the core to others: looks often at first, then every millisecond.
struct Patience {
  private var rounds: UInt32 = 0

  mutating func pause() {
    rounds += 1
    if rounds < 200 {
      sched_yield()
    } else {
      usleep(min(1_000, (rounds - 190) * 10))
    }
  }
}

/// Keeps work that polls many thousands of times a second from spending its time on it: a look at
/// the messages takes microseconds, one at the clock some tens of nanoseconds. A rank that is done
/// with its task waits for rank 0 to look, so that the interval is short.
struct PollInterval {
  static let nanoseconds = 200_000
  private var next = 0

  /// Whether the interval has passed since it last had.
  mutating func hasPassed() -> Bool {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = time.tv_sec * 1_000_000_000 + time.tv_nsec
    if now < next { return false }
    next = now + Self.nanoseconds
    return true
  }
}
