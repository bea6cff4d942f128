import Foundation
import Synchronization

/// Tasks of the ranks of a host, of which a rank that is done with its own may take over others', so that a
/// rank on a slow core does not keep the rest waiting. Round by round; what a task is, and where its result
/// goes, is the caller's.
///
/// A rank takes its own tasks from the first on. Others take from the last one back, and leave it one at
/// least. A round of a rank is one word: its number, and the range of tasks that nobody took yet.
public final class SharedTasks {
  private typealias Word = Atomic<UInt64>

  /// Two cache lines, since processors fetch lines in pairs.
  private static let bytesOfRank = 128
  /// Looks at a word before the core is offered to others: some microseconds.
  private static let patience = 4096

  /// A word: 32 bits of the round's number, 16 each of the first task that nobody took and of their end.
  private struct Round {
    var number: UInt32
    var first: UInt16
    var end: UInt16

    init(_ number: UInt32, _ first: UInt16, _ end: UInt16) {
      (self.number, self.first, self.end) = (number, first, end)
    }

    init(_ word: UInt64) {
      self.init(
        UInt32(word >> 32), UInt16(truncatingIfNeeded: word >> 16), UInt16(truncatingIfNeeded: word)
      )
    }

    var word: UInt64 { UInt64(number) << 32 | UInt64(first) << 16 | UInt64(end) }
  }

  private let memory: SharedSegment
  private let rank: Int
  private let ranks: Int
  private let most: Int
  private let start: UnsafeMutableRawPointer
  private var number: UInt32 = 0

  /// The most tasks that a rank may have.
  public static let mostTasks = Int(UInt16.max)

  /// What `init` needs of a segment.
  public static func bytes(ranks: Int, tasks: Int) -> Int {
    ranks * (bytesOfRank + (tasks * MemoryLayout<Word>.stride + 127) / 128 * 128)
  }

  /// - Parameters:
  ///   - memory: all ranks may write it; these bytes must be zero and used for nothing else.
  ///   - offset: of the bytes in the segment, a multiple of 64.
  ///   - tasks: the most of any rank.
  public init(in memory: SharedSegment, at offset: Int, rank: Int, ranks: Int, tasks: Int) {
    precondition(tasks <= Self.mostTasks && memory.isWritable)
    precondition(offset + Self.bytes(ranks: ranks, tasks: tasks) <= memory.count)
    self.memory = memory
    (self.rank, self.ranks, most) = (rank, ranks, tasks)
    start = memory.pointer + offset
  }

  private func round(of rank: Int) -> UnsafeMutablePointer<Word> {
    (start + rank * (Self.bytes(ranks: 1, tasks: most))).assumingMemoryBound(to: Word.self)
  }

  /// The number of the last round in which another rank did this task.
  private func done(_ task: Int, of rank: Int) -> UnsafeMutablePointer<Word> {
    (start + rank * Self.bytes(ranks: 1, tasks: most) + Self.bytesOfRank)
      .assumingMemoryBound(to: Word.self) + task
  }

  /// Begins the next round with this rank's own tasks. To be called by every rank, and before a barrier behind
  /// which tasks are taken; all of the last round's must be done.
  public func begin(tasks: Int) {
    number &+= 1
    round(of: rank).pointee.store(Round(number, 0, UInt16(tasks)).word, ordering: .releasing)
  }

  /// The next own task; nil where none is left that another rank has not taken.
  public func takeOwn() -> Int? {
    let word = round(of: rank)
    var now = word.pointee.load(ordering: .relaxed)
    while true {
      var round = Round(now)
      guard round.first < round.end else { return nil }
      let task = Int(round.first)
      round.first += 1
      let (taken, found) = word.pointee.compareExchange(
        expected: now, desired: round.word, ordering: .relaxed)
      if taken { return task }
      now = found
    }
  }

  /// A task of another rank, of those that have more than one left; nil where there is none.
  public func takeOther() -> (rank: Int, task: Int)? {
    for distance in 1..<max(ranks, 1) {
      let other = (rank + distance) % ranks
      let word = round(of: other)
      var now = word.pointee.load(ordering: .acquiring)
      while true {
        var round = Round(now)
        // Of another round: its rank is already, or still, somewhere else.
        guard round.number == number, round.end > round.first, round.end - round.first > 1 else {
          break
        }
        round.end -= 1
        let (taken, found) = word.pointee.compareExchange(
          expected: now, desired: round.word, ordering: .acquiringAndReleasing)
        if taken { return (other, Int(round.end)) }
        now = found
      }
    }
    return nil
  }

  /// Says that another rank's task is done: what was written for it is visible to its owner.
  public func finish(_ task: Int, of rank: Int) {
    done(task, of: rank).pointee.store(UInt64(number), ordering: .releasing)
  }

  /// Returns when an own task is done that another rank took in this round.
  public func wait(for task: Int) {
    let word = done(task, of: rank)
    guard word.pointee.load(ordering: .acquiring) != UInt64(number) else { return }
    Wait.during("a task in shared memory") {
      var looks = 0
      while word.pointee.load(ordering: .acquiring) != UInt64(number) {
        looks += 1
        if looks > Self.patience { sched_yield() }
      }
    }
  }
}
