import Collectives
import Foundation
import Support

extension CollectivesSuite {
  /// No task, one, fewer than ranks, many; none takes as long as its neighbour.
  func farmTasks() throws {
    for count in [0, 1, 3, 60] {
      var (asked, collected) = ([Int](), [Int: [UInt8]]())
      try world.farm(
        count: world.rank == 0 ? count : -7,
        task: { index in
          asked.append(index)
          return patternBytes(index, 1, index % 3 * 40)
        },
        work: { index, task, poll in
          expect(task == patternBytes(index, 1, index % 3 * 40), "task \(index) of \(count)")
          for _ in 0..<(index * 7 % 5) {
            usleep(300)
            try poll()
          }
          return patternBytes(index, 2, index % 4 * 1_000)
        },
        collect: { index, result in
          expect(collected[index] == nil, "task \(index) of \(count) was done twice")
          collected[index] = result
        })
      let isRoot = world.rank == 0
      expect(asked == (isRoot ? Array(0..<count) : []), "asked for \(asked)")
      expect(collected.count == (isRoot ? count : 0), "\(collected.count) of \(count) results")
      for (index, result) in collected {
        expect(result == patternBytes(index, 2, index % 4 * 1_000), "result \(index) of \(count)")
      }
    }
  }

  /// Every rank works, rank 0 too, which serves the others meanwhile.
  func farmUsesEveryRank() throws {
    let count = 20 * world.size
    var doneBy: [Int: Int] = [:]
    try world.farm(
      count: count, task: { _ in [] },
      work: { _, task, poll in
        expect(task.isEmpty, "a task has bytes from nowhere")
        for _ in 0..<10 {
          usleep(200)
          try poll()
        }
        return [UInt8(world.rank)]
      },
      collect: { doneBy[Int($1[0]), default: 0] += 1 })
    guard world.rank == 0 else { return }
    expect(doneBy.count == world.size, "only ranks \(doneBy.keys.sorted()) worked")
    // Ranks that waited for rank 0's tasks to end could do no more than it did.
    expect((doneBy[0] ?? 0) <= count / world.size * 2, "rank 0 did \(doneBy[0] ?? 0) of \(count)")
  }

  func farmLargePayload() throws {
    let length = 3_000_001
    var collected = 0
    try world.farm(
      count: 4, task: { patternBytes($0, 5, length) },
      work: { index, task, _ in
        expect(task == patternBytes(index, 5, length), "task \(index)")
        return task + [UInt8(index)]
      },
      collect: { index, result in
        collected += 1
        expect(result == patternBytes(index, 5, length) + [UInt8(index)], "result \(index)")
      })
    expect(collected == (world.rank == 0 ? 4 : 0), "\(collected) results")
  }

  /// A failure on any rank ends the tasks of all, and all throw it; the next farm is not disturbed.
  func farmFailsInWork() throws {
    for failing in 0..<world.size {
      for isSwallowing in [false, true] {
        expectAgreed("raw file", rank: failing) {
          try world.farm(
            count: 3 * world.size, task: { _ in [1] },
            work: { _, _, poll in
              if world.rank == failing { throw Failure(.badData, "raw file", at: "a.mzML") }
              // Every other rank is at work until it learns of the failure.
              repeat {
                usleep(100)
                do { try poll() } catch {
                  if isSwallowing { return [] }
                  throw error
                }
              } while true
            },
            collect: { index, _ in
              expect(false, "task \(index) was collected after a failure")
            })
        }
        try farmTasks()
      }
    }
  }

  /// What fails on rank 0 while the others are at work, or wait for some.
  func farmFailsOnRoot() throws {
    let failure = Failure(.inputOutput, "disk full", at: "a.mzML")
    for last in [0, 2 * world.size] {
      expectAgreed("disk full", rank: 0) {
        try world.farm(
          count: 4 * world.size, task: { _ in [] },
          work: { _, _, poll in
            for _ in 0..<5 {
              usleep(100)
              try poll()
            }
            return []
          },
          collect: { index, _ in if index >= last { throw failure } })
      }
      expectAgreed("disk full", rank: 0) {
        try world.farm(
          count: 4 * world.size,
          task: { index in
            if index == last { throw AgreedFailure(failure) }
            return []
          },
          work: { _, task, _ in task }, collect: { _, _ in })
      }
      try farmTasks()
    }
  }

  func expectAgreed(_ what: String, rank: Int, _ body: () throws -> Void) {
    do {
      try body()
      expect(false, "did not throw")
    } catch let agreed as AgreedFailure {
      let place = rank == 0 ? "a.mzML" : "rank \(rank), a.mzML"
      expect(agreed.failure.what == what && agreed.failure.place == place, "threw \(agreed)")
    } catch {
      expect(false, "threw \(error), which is not agreed")
    }
  }

  /// Messages that cannot be sent are errors before MPI sees them.
  func wrongMessages() throws {
    var byte = [UInt8(0)]
    try byte.withUnsafeMutableBytes { byte in
      for peer in [-1, world.rank, world.size, Int.max] {
        expectFailure("MPI_Send", "no such other rank") {
          try world.send(UnsafeRawBufferPointer(byte), to: peer, tag: 9)
        }
        expectFailure("MPI_Recv", "no such other rank") {
          try world.receive(into: byte, from: peer, tag: 9)
        }
        expectFailure("MPI_Isend", "no such other rank") {
          _ = try world.startSend(UnsafeRawBufferPointer(byte), to: peer, tag: 9)
        }
        expectFailure("MPI_Irecv", "no such other rank") {
          _ = try world.startReceive(into: byte, from: peer, tag: 9)
        }
      }
      for tag in [-1, 0, 32_768] {
        expectFailure("MPI_Iprobe", "is not a tag") { _ = try world.sender(tag: tag) }
        guard world.size > 1 else { continue }
        let peer = (world.rank + 1) % world.size
        expectFailure("MPI_Send", "is not a tag") {
          try world.send(UnsafeRawBufferPointer(byte), to: peer, tag: tag)
        }
        expectFailure("MPI_Recv", "is not a tag") {
          try world.receive(into: byte, from: peer, tag: tag)
        }
      }
      let arrived = try world.sender(tag: 9)
      expect(arrived == nil, "a message from nowhere, rank \(arrived ?? -1)")
    }
  }
}
