import Collectives
import Foundation
import Support

/// What the ranks of a farm do at the same time, and the messages behind it.
extension CollectivesSuite {
  /// Every rank sends to the next one before anybody receives.
  func startedMessages() throws {
    for (number, length) in Self.lengths.enumerated() {
      let (next, last) = ((world.rank + 1) % world.size, (world.rank - 1 + world.size) % world.size)
      guard world.size > 1 else {
        expect(try world.sender(tag: 7) == nil, "a message from nowhere")
        continue
      }
      var got = [UInt8](repeating: 0, count: length)
      try patternBytes(world.rank, number, length).withUnsafeBytes { sent in
        try got.withUnsafeMutableBytes { got in
          let sending = try world.startSend(sent, to: next, tag: 7)
          var receiving = try world.startReceive(into: got, from: last, tag: 7)
          while try !receiving.test() { usleep(10) }
          expect(try receiving.test(), "a message is there, and then it is not")
          try receiving.wait()
          try sending.wait()
        }
      }
      expect(got == patternBytes(last, number, length), "\(length) bytes from rank \(last)")
    }
  }

  /// While many tasks are left, every rank has its next one before it is done with its own, however
  /// large the tasks are, and rank 0 does not wait for a rank that does not look at its messages.
  func farmHandsOutAhead() throws {
    var (asked, mostAsked) = (0, 0)
    let length = 300_000
    try world.farm(
      count: 8 * world.size,
      task: { index in
        asked += 1
        return patternBytes(index, 8, length)
      },
      work: { index, task, poll in
        expect(task == patternBytes(index, 8, length), "task \(index)")
        let start = ContinuousClock.now
        if world.rank > 0 { usleep(20_000) }
        // Rank 0's first task lasts until the others have two each.
        while world.rank == 0, index == 0 || mostAsked == 0, asked < 1 + 2 * (world.size - 1),
          ContinuousClock.now - start < .seconds(30)
        {
          usleep(100)
          try poll()
        }
        mostAsked = asked
        return task
      },
      collect: { index, result in
        expect(result == patternBytes(index, 8, length), "result \(index)")
      })
    guard world.rank == 0 else { return }
    expect(asked == 8 * world.size, "\(asked) tasks were asked for")
    expect(mostAsked >= 1 + 2 * (world.size - 1), "only \(mostAsked) tasks were handed out")
  }

  /// The others are given tasks while rank 0 does what comes before its own.
  func farmBesideFirst() throws {
    var (collected, collectedBefore, isFirstDone) = (0, 0, false)
    try world.farm(
      count: 6 * world.size,
      first: { poll in
        expect(world.rank == 0, "another rank than 0 does what comes first")
        let start = ContinuousClock.now
        while world.size > 1, collected < world.size, ContinuousClock.now - start < .seconds(30) {
          usleep(100)
          try poll()
        }
        (collectedBefore, isFirstDone) = (collected, true)
      },
      task: { [UInt8($0)] },
      work: { _, task, _ in
        expect(world.rank > 0 || isFirstDone, "rank 0 works before what comes first")
        return task
      },
      collect: { index, result in
        expect(result == [UInt8(index)], "result \(index)")
        collected += 1
      })
    guard world.rank == 0 else { return }
    expect(isFirstDone && collected == 6 * world.size, "\(collected) results")
    expect(world.size == 1 || collectedBefore >= world.size, "\(collectedBefore) results before")
  }

  /// What comes first fails as a task does; the next farm is not disturbed.
  func farmFailsInFirst() throws {
    expectAgreed("no labels", rank: 0) {
      try world.farm(
        count: 4 * world.size, first: { _ in throw Failure(.badData, "no labels", at: "a.mzML") },
        task: { _ in [] },
        work: { _, task, poll in
          usleep(300)
          try poll()
          return task
        }, collect: { index, _ in expect(false, "task \(index) was collected after a failure") })
    }
    try farmTasks()
  }
}
