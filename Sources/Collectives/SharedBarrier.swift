import Foundation
import Synchronization

/// A barrier in two halves between the ranks of a host, in memory that they share: `arrive` says that
/// this rank's writes are there, `wait` returns when all others' are.
///
/// Each rank counts its arrivals in a cache line of its own, so that a round costs one line sent to
/// each waiting rank, and no system call where every rank has a core.
public final class SharedBarrier {
  private typealias Counter = Atomic<UInt64>

  /// Two lines, since processors fetch lines in pairs.
  private static let bytesOfRank = 128
  /// Looks at a counter before the core is offered to others: some microseconds.
  private static let patience = 4096

  private let memory: SharedSegment
  private let own: UnsafeMutablePointer<Counter>
  private let others: [UnsafeMutablePointer<Counter>]
  private var arrivals: UInt64 = 0

  /// What `init` needs of a segment.
  public static func bytes(ranks: Int) -> Int { ranks * bytesOfRank }

  /// - Parameters:
  ///   - memory: all ranks may write it; these bytes must be zero and used for nothing else.
  ///   - offset: of the bytes in the segment, a multiple of 64.
  public init(in memory: SharedSegment, at offset: Int, rank: Int, ranks: Int) {
    precondition(memory.isWritable && offset + Self.bytes(ranks: ranks) <= memory.count)
    self.memory = memory
    let counters = (0..<ranks).map { rank in
      (memory.pointer + offset + rank * Self.bytesOfRank).assumingMemoryBound(to: Counter.self)
    }
    own = counters[rank]
    others = counters.indices.filter { $0 != rank }.map { counters[$0] }
  }

  /// What this rank wrote before is visible to those whose `wait` returns.
  public func arrive() {
    arrivals += 1
    own.pointee.store(arrivals, ordering: .releasing)
  }

  /// Whether every other rank has arrived as often as this one.
  public var isComplete: Bool {
    others.allSatisfy { $0.pointee.load(ordering: .acquiring) >= arrivals }
  }

  /// Returns when every other rank has arrived as often as this one. Spins, and after a while lets
  /// other processes have the core between two looks.
  public func wait() {
    Wait.during("a barrier in shared memory") {
      for other in others {
        var looks = 0
        while other.pointee.load(ordering: .acquiring) < arrivals {
          looks += 1
          if looks > Self.patience { sched_yield() }
        }
      }
    }
  }
}
