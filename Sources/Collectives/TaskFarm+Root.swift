import Support

/// Rank 0's side of a task farm.
final class FarmRoot {
  private let world: any Communicator
  private let count: Int
  private let task: (Int) throws -> [UInt8]
  private let collect: (Int, [UInt8]) throws -> Void
  private var next = 0
  private var interval = PollInterval()
  private let peers: [FarmPeer]
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
    peers = (1..<max(world.size, 1)).map(FarmPeer.init)
  }

  /// Bytes that MPI sends at once.
  private static let short = 4_096

  /// Returns when every rank has left the farm, with what failed on this one.
  func run(_ first: (_ poll: () throws -> Void) throws -> Void, _ work: FarmWork) throws -> Failure?
  {
    try serve()
    try doFirst(first)
    while !isStopped, next < count {
      next += 1
      try doTask(next - 1, work)
      try serve()
    }
    try end()
    return failure
  }

  private func doFirst(_ first: (_ poll: () throws -> Void) throws -> Void) throws {
    stopping { try first { try poll() } }
    if let broken { throw broken }
    try serve()
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

  /// Takes the reports and results that have arrived, and gives those ranks their next tasks.
  /// - Returns: whether there was anything.
  @discardableResult private func serve() throws -> Bool {
    var hasServed = false
    while let rank = try world.sender(tag: FarmMessage.reportTag) {
      try serve(peers[rank - 1])
      hasServed = true
    }
    for peer in peers {
      guard let (index, result) = try peer.arrived() else { continue }
      take(index, result)
      hasServed = true
    }
    return hasServed
  }

  private func serve(_ peer: FarmPeer) throws {
    let (report, _) = try FarmMessage.receive(
      from: peer.rank, tag: FarmMessage.reportTag, world, withPayload: false)
    peer.reportsDue -= 1
    // Results of one rank are taken one after another.
    if let (index, result) = try peer.arrived(waits: true) { take(index, result) }
    if FarmMessage.Kind(rawValue: report.kind) == .failed { isStopped = true }
    try give(peer)
    if report.bytes > 0 {
      try peer.expect(report, world)
      // A short one comes with its report: a raw file that cannot be read ends the others' work soon.
      if report.bytes <= Self.short, let (index, result) = try peer.arrived(waits: true) {
        take(index, result)
      }
    } else if FarmMessage.Kind(rawValue: report.kind) == .result {
      take(Int(report.index), [])
    }
  }

  private func take(_ index: Int, _ result: [UInt8]) {
    if !isStopped { stopping { try collect(index, result) } }
  }

  /// Sends a rank its next task, and while many are left, one more to begin with as soon as it is
  /// done: the last ones are for whoever is free first.
  private func give(_ peer: FarmPeer) throws {
    while !isStopped, next < count,
      peer.reportsDue == 0 || peer.reportsDue == 1 && count - next >= 2 * world.size
    {
      let index = next
      next += 1
      var bytes: [UInt8] = []
      stopping { bytes = try task(index) }
      if isStopped { return }
      try peer.send(index, bytes, world)
    }
  }

  /// Waits for what is still to come, then lets all ranks go.
  private func end() throws {
    var patience = Patience()
    while peers.contains(where: \.isAtWork) {
      if isStopped { try hurry() }
      if try serve() {
        patience = Patience()
      } else {
        patience.pause()
      }
    }
    for peer in peers {
      let leave = FarmMessage(.leave, isHurried: peer.isHurried)
      try FarmMessage.send(leave, to: peer.rank, tag: FarmMessage.replyTag, world)
    }
  }

  /// Tells the ranks at work, once, that their results are of no use any more.
  private func hurry() throws {
    for peer in peers where peer.reportsDue > 0 && !peer.isHurried {
      try FarmMessage.send(FarmMessage(.leave), to: peer.rank, tag: FarmMessage.hurryTag, world)
      peer.isHurried = true
    }
  }
}
