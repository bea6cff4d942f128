import Collectives
import Foundation
import Support

extension Link {
  /// Collective: measures messages to the next rank and from the one before, all ranks at the same
  /// time, as in a step. The medians of `rounds`; of the slowest rank.
  public static func measured(_ world: any Communicator, rounds: Int = 200) throws -> Link {
    precondition(world.size > 1, "one rank has no link")
    guard let ring = try world.split(colour: 0) else {
      throw Failure(.internalError, "no communicator for messages")
    }
    // The large ones are as long as a sharded step's features at batch 64 on two ranks.
    let small = try seconds(ring, floats: 1, rounds: rounds)
    let large = try seconds(ring, floats: 1 << 17, rounds: max(rounds / 8, 5))
    var both = [small, large]
    try both.withUnsafeMutableBufferPointer { try world.allReduce($0, .max) }
    let bytes = Double(4 << 17)
    return Link(
      name: "measured between these ranks", latency: both[0],
      bandwidth: bytes / max(both[1] - both[0], 1e-9))
  }

  private static func seconds(
    _ ring: any Communicator, floats: Int, rounds: Int
  ) throws -> Double {
    let (sent, received) = (AlignedBuffer(count: floats), AlignedBuffer(count: floats))
    let next = (ring.rank + 1) % ring.size
    let before = (ring.rank + ring.size - 1) % ring.size
    let plan = try ring.plan([
      .receive(received.pointer, floats, from: before, tag: 0),
      .send(sent.pointer, floats, to: next, tag: 0),
    ])
    var times: [Double] = []
    for round in 0..<(rounds + 5) {
      try ring.barrier()
      let start = ContinuousClock.now
      try plan.start(0..<2)
      try plan.wait(0..<2)
      if round >= 5 { times.append((ContinuousClock.now - start) / .seconds(1)) }
    }
    return times.sorted()[times.count / 2]
  }
}
