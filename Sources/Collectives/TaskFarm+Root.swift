import Support

/// Rank 0's side of a task farm.
final class FarmRoot {
  private let world: any Communicator
  private let count: Int
  private let task: (Int) throws -> [UInt8]
  private let collect: (Int, [UInt8]) throws -> Void
  private var next = 0
  private var interval = PollInterval()
  /// By rank: whether a report of it is still to come.
  private var isBusy: [Bool]
  private var isHurried: [Bool]
  /// A rank has failed: no more tasks are handed out, no more results taken.
  private var isStopped = false
  /// What failed on this rank.
  private var failure: Failure?
  /// What kept messages from going through, however `work` dealt with it.
  private var broken: (any Error)?

  init(
    _ world: any Communicator, count: Int, task: @escaping (Int) throws -> [UInt8],
    collect: @escaping (Int, [UInt8]) throws -> Void
  ) {
    self.world = world
    self.count = count
    self.task = task
    self.collect = collect
    isBusy = [false] + [Bool](repeating: true, count: world.size - 1)
    isHurried = [Bool](repeating: false, count: world.size)
  }

  /// Returns when every rank has left the farm, with what failed on this one.
  func run(_ work: FarmWork) throws -> Failure? {
    try serve()
    while !isStopped, next < count {
      next += 1
      try doTask(next - 1, work)
      try serve()
    }
    try end()
    return failure
  }

  private func doTask(_ index: Int, _ work: FarmWork) throws {
    stopping {
      let result = try work(index, try task(index)) { try poll() }
      if !isStopped { try collect(index, result) }
    }
    if let broken { throw broken }
  }

  private func poll() throws {
    guard interval.hasPassed() else { return }
    do { try serve() } catch {
      broken = error
      throw error
    }
    if isStopped { throw FarmStopped() }
  }

  /// Runs a closure of the caller's, whose error stops the farm.
  private func stopping(_ body: () throws -> Void) {
    do { try body() } catch {
      isStopped = true
      if failure == nil, broken == nil, !(error is FarmStopped) {
        failure = (error as? AgreedFailure)?.failure ?? Failure(wrapping: error)
      }
    }
  }

  /// Takes the reports that have arrived, and gives those ranks their next tasks.
  private func serve() throws {
    while let peer = try world.sender(tag: FarmMessage.reportTag) { try serve(peer) }
  }

  private func serve(_ peer: Int) throws {
    let (report, result) = try FarmMessage.receive(
      from: peer, tag: FarmMessage.reportTag, world)
    isBusy[peer] = false
    switch FarmMessage.Kind(rawValue: report.kind) {
    case .result: if !isStopped { stopping { try collect(Int(report.index), result) } }
    case .failed: isStopped = true
    default: break
    }
    guard !isStopped, next < count else { return }
    let index = next
    next += 1
    var bytes: [UInt8] = []
    stopping { bytes = try task(index) }
    if isStopped { return }
    try FarmMessage.send(
      FarmMessage(.task, index: index), bytes, to: peer, tag: FarmMessage.replyTag, world)
    isBusy[peer] = true
  }

  /// Waits for the reports that are still to come, then lets all ranks go.
  private func end() throws {
    var patience = Patience()
    while isBusy.contains(true) {
      if isStopped { try hurry() }
      if let peer = try world.sender(tag: FarmMessage.reportTag) {
        try serve(peer)
        patience = Patience()
      } else {
        patience.pause()
      }
    }
    for peer in 1..<max(world.size, 1) {
      let leave = FarmMessage(.leave, isHurried: isHurried[peer])
      try FarmMessage.send(leave, to: peer, tag: FarmMessage.replyTag, world)
    }
  }

  /// Tells the ranks at work, once, that their results are of no use any more.
  private func hurry() throws {
    for peer in isBusy.indices where isBusy[peer] && !isHurried[peer] {
      try FarmMessage.send(FarmMessage(.leave), to: peer, tag: FarmMessage.hurryTag, world)
      isHurried[peer] = true
    }
  }
}
