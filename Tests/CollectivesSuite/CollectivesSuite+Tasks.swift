import Collectives
import Foundation

extension CollectivesSuite {
  /// In rounds of tasks each is done once, by its owner from the front or by another rank from the back, and its
  /// owner finds the result. A rank that dawdles has some of its tasks done by others.
  func sharedTasks() throws {
    let host = try world.splitByHost()
    let (me, size, most) = (host.rank, host.size, 24)
    let barrier = SharedBarrier.bytes(ranks: size)
    let words = barrier + SharedTasks.bytes(ranks: size, tasks: most)
    let segment = try SharedSegment(
      bytes: words + 8 * size * most, on: host, allWrite: true)
    let gate = SharedBarrier(in: segment, at: 0, rank: me, ranks: size)
    let tasks = SharedTasks(in: segment, at: barrier, rank: me, ranks: size, tasks: most)
    let results = (segment.pointer + words).assumingMemoryBound(to: Int.self)
    var (taken, all) = (0, 0)
    for round in 1...400 {
      // Other numbers of tasks for each rank and round, none among them.
      let own = (7 * round + 5 * me) % (most + 1)
      tasks.begin(tasks: own)
      gate.arrive()
      gate.wait()
      var mine = 0
      while let task = tasks.takeOwn() {
        expect(task == mine, "round \(round): task \(task) after \(mine)")
        if round % 4 == 0, me == 0 { usleep(50) }
        results[me * most + task] += 1
        mine += 1
      }
      // What others took, they do.
      for task in mine..<own {
        tasks.wait(for: task)
        taken += 1
      }
      all += own
      while let (rank, task) = tasks.takeOther() {
        expect(rank != me && task > 0, "round \(round): took \(task) of \(rank)")
        results[rank * most + task] += 1
        tasks.finish(task, of: rank)
      }
      for task in 0..<own {
        expect(results[me * most + task] == 1, "round \(round): not done once")
        results[me * most + task] = 0
      }
    }
    try host.barrier()
    expect(size > 1 || taken == 0, "one rank has nobody to take its tasks")
    if size > 1, me == 0 {
      expect(taken > 0 && taken < all, "\(taken) of \(all) tasks of a slow rank were taken over")
    }
  }
}
