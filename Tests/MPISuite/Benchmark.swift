import Collectives
import Foundation
import Support

/// Times of all-reduces of this network's gradients, blocking and started, as microseconds a call.
func benchmark(_ world: any Communicator) throws {
  let gradients = [("dense_1, 3.9 MB", 983_168), ("the rest, 78 kB", 19_715), ("one number", 1)]
  for (name, count) in gradients {
    let buffer = AlignedBuffer(count: count)
    let blocking = try median(world) { try world.allReduce(buffer.all, .sum) }
    let started = try median(world) { try world.startAllReduce(buffer.all).wait() }
    let tested = try median(world) {
      var request = try world.startAllReduce(buffer.all)
      while try !request.test() { usleep(100) }
      try request.wait()
    }
    guard world.rank == 0 else { continue }
    print(
      String(
        format: "%@: blocking %.0f us, started and waited %.0f us, tested every 100 us %.0f us",
        name, blocking, started, tested))
  }
}

/// The median time of a collective call on this rank, in microseconds.
private func median(_ world: any Communicator, _ body: () throws -> Void) throws -> Double {
  var times: [Double] = []
  for _ in 0..<61 {
    try world.barrier()
    let start = ContinuousClock.now
    try body()
    times.append((ContinuousClock.now - start) / .microseconds(1))
  }
  return times.sorted()[times.count / 2]
}
