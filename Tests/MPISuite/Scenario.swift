import Collectives
import Foundation
import Support

/// Ways in which a job fails. All but those that agree or are slow never end by themselves, so that a
/// job that ends was ended.
enum Scenario: String {
  /// One rank throws; the others wait for it in an all-reduce.
  case throwing
  /// One rank throws; the others compute, and never call MPI.
  case busy
  /// One rank throws; the others ignore SIGTERM, as the trainer does to save its state.
  case stubborn
  /// Every rank throws at the same time.
  case all
  /// One rank throws something that is no `Failure`.
  case foreign
  /// One rank sends a part of another length than the root expects.
  case mismatch
  /// The ranks hold a shared segment and wait to be killed.
  case segment
  /// One rank fails, and all agree on it.
  case agreed
  /// All throw the same in the same step.
  case agreedDirectly
  /// One rank sleeps; the others wait for it in an all-reduce.
  case stalled
  /// The same in a barrier in shared memory.
  case stalledInMemory
  /// One rank sleeps again and again, each time for less than the limit.
  case slow

  /// How long ranks may wait for each other.
  var stallLimit: StallLimit? {
    switch self {
    case .stalled, .stalledInMemory, .slow: StallLimit(seconds: 1, hint: "Look at it.")
    default: nil
    }
  }

  func run(_ world: any Communicator, rank: Int) throws {
    let failure = Failure(
      .badData, "class index out of range", at: "batches.h5, row 17", expected: "0, 1 or 2",
      found: "9", hint: "Run prepare again.")
    let isFailing = world.rank == rank
    try world.barrier()
    switch self {
    case .throwing:
      if isFailing { throw failure }
      try reduceForever(world)
    case .busy:
      if isFailing { throw failure }
      sleepForever()
    case .stubborn:
      signal(SIGTERM, SIG_IGN)
      if isFailing { throw failure }
      try reduceForever(world)
    case .all:
      throw failure
    case .foreign:
      if isFailing { throw CocoaError(.fileReadNoSuchFile) }
      try reduceForever(world)
    case .mismatch:
      try gatherWrongly(world, rank)
      sleepForever()
    case .segment:
      let segment = try SharedSegment(bytes: 50_000_000, on: world.splitByHost())
      FileHandle.standardOutput.write(Data("ready \(getpid())\n".utf8))
      withExtendedLifetime(segment) { sleepForever() }
    case .agreed:
      try world.agree(isFailing ? failure : nil)
    case .agreedDirectly:
      throw AgreedFailure(failure)
    case .stalled:
      if isFailing { sleepForever() }
      try reduceForever(world)
    case .stalledInMemory:
      let barrier = try sharedBarrier(world)
      if isFailing { sleepForever() }
      barrier.arrive()
      barrier.wait()
    case .slow:
      for _ in 0..<4 {
        if isFailing { usleep(600_000) }
        try world.barrier()
      }
    }
  }

  private func sharedBarrier(_ world: any Communicator) throws -> SharedBarrier {
    let bytes = SharedBarrier.bytes(ranks: world.size)
    let memory = try SharedSegment(bytes: bytes, on: world.splitByHost(), allWrite: true)
    return SharedBarrier(in: memory, at: 0, rank: world.rank, ranks: world.size)
  }

  private func sleepForever() { while true { sleep(1) } }

  private func reduceForever(_ world: any Communicator) throws {
    let buffer = AlignedBuffer(count: 70_001)
    while true { try world.allReduce(buffer.all, .sum) }
  }

  /// The failing rank takes its part to be 8 bytes long, rank 0 expects 4.
  private func gatherWrongly(_ world: any Communicator, _ rank: Int) throws {
    var counts = [Int](repeating: 4, count: world.size)
    if world.rank == rank { counts[rank] = 8 }
    let part = [UInt8](repeating: 1, count: counts[world.rank])
    var whole = [UInt8](repeating: 0, count: counts.reduce(0, +))
    try part.withUnsafeBytes { part in
      try whole.withUnsafeMutableBytes {
        try world.gather(part, counts: counts, into: $0, root: 0)
      }
    }
  }
}
