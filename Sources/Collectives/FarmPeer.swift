import Support

/// What rank 0 of a task farm knows of another rank.
final class FarmPeer {
  let rank: Int
  /// How many of its reports are still to come: first that it is there, then one a task.
  var reportsDue = 1
  /// It was told that its results are of no use any more.
  var isHurried = false
  /// A result on its way.
  private(set) var arrival: FarmArrival?
  /// Tasks on their way.
  private var departures: [FarmDeparture] = []

  init(rank: Int) { self.rank = rank }

  /// Whether reports or results are still to come.
  var isAtWork: Bool { reportsDue > 0 || arrival != nil }

  /// Sends a task without waiting: the rank takes it when it has done the one before.
  func send(_ index: Int, _ task: [UInt8], _ world: any Communicator) throws {
    var header = FarmMessage(.task, index: index)
    header.bytes = Int64(task.count)
    try withUnsafeBytes(of: header) { try world.send($0, to: rank, tag: FarmMessage.replyTag) }
    reportsDue += 1
    departures = try departures.filter { try !$0.isDone() }
    if !task.isEmpty { departures.append(try FarmDeparture(task, to: rank, world)) }
  }

  /// Starts to receive the result of which `report` tells.
  func expect(_ report: FarmMessage, _ world: any Communicator) throws {
    arrival = try FarmArrival(of: report, from: rank, world)
  }

  /// The index and the bytes of a result that was on its way, once; nil while it is.
  /// - Parameter waits: whether to wait for it.
  func arrived(waits: Bool = false) throws -> (index: Int, result: [UInt8])? {
    guard let arrival, try arrival.isDone(waits: waits) else { return nil }
    self.arrival = nil
    return (arrival.index, arrival.bytes)
  }
}

/// A task on its way to another rank, which may be at work for long.
final class FarmDeparture {
  private let buffer: UnsafeMutableRawBufferPointer
  private var sending: StartedOperation?

  init(_ task: [UInt8], to peer: Int, _ world: any Communicator) throws {
    buffer = .allocate(byteCount: task.count, alignment: 64)
    buffer.copyBytes(from: task)
    sending = try world.startSend(
      UnsafeRawBufferPointer(buffer), to: peer, tag: FarmMessage.replyTag)
  }

  deinit {
    // One that is not done waits: nothing is sent from memory that is freed.
    sending = nil
    buffer.deallocate()
  }

  func isDone() throws -> Bool { try sending?.test() ?? true }
}

/// A result on its way to rank 0, which goes on working meanwhile.
final class FarmArrival {
  let index: Int
  private let buffer: UnsafeMutableRawBufferPointer
  private var receiving: StartedOperation?

  init(of report: FarmMessage, from peer: Int, _ world: any Communicator) throws {
    index = Int(report.index)
    buffer = .allocate(byteCount: Int(report.bytes), alignment: 64)
    receiving = try world.startReceive(into: buffer, from: peer, tag: FarmMessage.resultTag)
  }

  deinit {
    // One that is not done waits: nothing arrives in memory that is freed.
    receiving = nil
    buffer.deallocate()
  }

  func isDone(waits: Bool) throws -> Bool {
    if waits {
      try receiving.take()?.wait()
      return true
    }
    return try receiving?.test() ?? true
  }

  var bytes: [UInt8] { Array(buffer) }
}
