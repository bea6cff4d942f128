import Collectives
import Support

/// What every backend must do, checked on every rank of a communicator. All expected values are
/// worked out by each rank alone, from the ranks' numbers.
public final class CollectivesSuite {
  let world: any Communicator
  public private(set) var passed = 0
  public private(set) var failures: [String] = []
  private var current = ""

  /// Elements: none, one, fewer than ranks, not divisible, above 2^16, above 2^20 bytes.
  static let lengths = [0, 1, 5, 1_000, 70_001, 1_000_003]

  public init(world: any Communicator) { self.world = world }

  public struct Check: Sendable, CustomStringConvertible {
    public let description: String
    let body: @Sendable (CollectivesSuite) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (CollectivesSuite) throws -> Void) {
      description = name
      self.body = body
    }
  }

  public static let checks: [Check] = [
    Check("barrier") { try $0.barrier() },
    Check("broadcast") { try $0.broadcast() },
    Check("all-reduce of exact values") { try $0.allReduceExact() },
    Check("all-reduce gives every rank the same bits") { try $0.allReduceSameBits() },
    Check("started all-reduce") { try $0.startedAllReduce() },
    Check("two all-reduces under way") { try $0.twoStarted() },
    Check("dropped request") { try $0.droppedRequest() },
    Check("gather") { try $0.gather() },
    Check("scatter") { try $0.scatter() },
    Check("all-to-all") { try $0.allToAll() },
    Check("plan of messages") { try $0.repeatedMessages() },
    Check("messages of many lengths") { try $0.messagesOfManyLengths() },
    Check("started messages") { try $0.startedMessages() },
    Check("wrong plans") { $0.wrongPlans() },
    Check("split by host") { try $0.splitByHost() },
    Check("split") { try $0.split() },
    Check("agree") { try $0.agree() },
    Check("shared segment") { try $0.sharedSegment() },
    Check("shared barrier") { try $0.sharedBarrier() },
    Check("shared tasks") { try $0.sharedTasks() },
    Check("shared segment without room") { try $0.segmentWithoutRoom() },
    Check("wrong roots") { try $0.wrongRoots() },
    Check("wrong counts") { $0.wrongCounts() },
    Check("wrong messages") { try $0.wrongMessages() },
    Check("farm of tasks") { try $0.farmTasks() },
    Check("farm on every rank") { try $0.farmUsesEveryRank() },
    Check("farm of large tasks") { try $0.farmLargePayload() },
    Check("farm that hands out ahead") { try $0.farmHandsOutAhead() },
    Check("farm while rank 0 does something first") { try $0.farmBesideFirst() },
    Check("farm that fails in work") { try $0.farmFailsInWork() },
    Check("farm that fails on rank 0") { try $0.farmFailsOnRoot() },
    Check("farm that fails before rank 0's tasks") { try $0.farmFailsInFirst() },
  ]

  /// Runs one check. Every rank must run the same ones in the same order.
  public func run(_ check: Check) throws {
    current = check.description
    try check.body(self)
    try world.barrier()
  }

  func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
    if condition {
      passed += 1
    } else {
      failures.append("\(current), rank \(world.rank) of \(world.size): \(what())")
    }
  }

  /// Expects an internal error about this call on this rank.
  func expectFailure(_ call: String, _ what: String, _ body: () throws -> Void) {
    do {
      try body()
      expect(false, "\(call) did not throw: \(what)")
    } catch let failure as Failure {
      let place = "\(call), rank \(world.rank) of \(world.size)"
      expect(
        failure.code == .internalError && failure.place == place && failure.what.contains(what),
        "threw \(failure), not \(place): \(what)")
    } catch {
      expect(false, "threw \(error), which is no Failure")
    }
  }

  /// Counts for one part a rank: uneven, every third empty.
  func unevenCounts(_ scale: Int) -> [Int] {
    (0..<world.size).map { $0 % 3 == 1 ? 0 : $0 * scale / 2 + 3 }
  }
}

/// A byte that depends on who sent it, who gets it, and its position.
func pattern(_ from: Int, _ to: Int, _ position: Int) -> UInt8 {
  UInt8(truncatingIfNeeded: from &* 31 &+ to &* 7 &+ position &* 13 &+ position >> 8)
}

func patternBytes(_ from: Int, _ to: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { pattern(from, to, $0) }
}
