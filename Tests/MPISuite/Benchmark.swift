import Collectives
import Foundation
import Support

/// Times of all-reduces of this network's gradients, in microseconds a call: the best and the
/// median of many, since other programs share the machine.
func benchmark(_ world: any Communicator) throws {
  let gradients = [("dense_1, 3.9 MB", 983_168), ("the rest, 78 kB", 19_715), ("one number", 1)]
  for (name, count) in gradients {
    let buffer = AlignedBuffer(count: count)
    let blocking = try times(world) { try world.allReduce(buffer.all, .sum) }
    let started = try times(world) { try world.startAllReduce(buffer.all).wait() }
    let tested = try times(world) {
      var request = try world.startAllReduce(buffer.all)
      while try !request.test() { compute(microseconds: 100) }
      try request.wait()
    }
    guard world.rank == 0 else { continue }
    print("\(name): blocking \(blocking), started and waited for \(started),", terminator: " ")
    print("tested every 100 us \(tested)")
  }
}

/// The best and the median time of a collective call on this rank.
private func times(_ world: any Communicator, _ body: () throws -> Void) throws -> String {
  var times: [Double] = []
  for _ in 0..<201 {
    try world.barrier()
    let start = ContinuousClock.now
    try body()
    times.append((ContinuousClock.now - start) / .microseconds(1))
  }
  times.sort()
  return String(format: "%.0f (median %.0f)", times[0], times[times.count / 2])
}

/// Keeps the core busy, as the arithmetic between two tests of a request does.
private func compute(microseconds: Int) {
  let end = ContinuousClock.now + .microseconds(microseconds)
  while ContinuousClock.now < end {}
}
