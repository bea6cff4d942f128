import Foundation
import TestTools
import Testing

/// A step works in buffers that are made once.
@Suite("Steps allocate nothing") struct StepAllocationTests {
  /// The most blocks of memory that a rank asked for in any step after the first ten.
  private func allocations(
    _ mode: String, ranks: Int, batch: Int = 32, freeze: [String] = [],
    environment: [String: String] = [:]
  ) throws -> [Int] {
    let result = try runMPI(
      ranks: ranks, builtProduct("step-suite"), [mode, String(batch)] + freeze,
      environment: environment)
    #expect(result.status == 0, "\(result.stderr)")
    let counts = result.stdout.split(separator: "\n").compactMap { line in
      line.split(separator: ": ").last.flatMap { Int($0) }
    }
    #expect(counts.count == ranks, "\(result.stdout)")
    return counts
  }

  @Test(arguments: ["data", "sharded"], [32, 256]) func onOneRank(mode: String, batch: Int) throws {
    #expect(try allocations(mode, ranks: 1, batch: batch) == [0])
  }

  @Test(arguments: ["data", "sharded"]) func withAFrozenConvBase(mode: String) throws {
    #expect(try allocations(mode, ranks: 1, freeze: ["conv-base"]) == [0])
  }

  /// MPI's own: shows that allocations are counted.
  @Test func anAllReduceMakesItsSchedule() throws {
    #expect(try allocations("data", ranks: 2).allSatisfy { $0 > 0 })
  }

  /// By messages MPI may need a block now and then for what came before it was asked for.
  @Test func shardedByMessages() throws {
    let counts = try allocations(
      "sharded", ranks: 2, environment: ["NEATMS_EXCHANGE_MESSAGES": "1"])
    #expect(counts.allSatisfy { $0 <= 4 }, "\(counts)")
  }

  @Test(arguments: [2, 3]) func shardedOnSeveralRanks(ranks: Int) throws {
    #expect(try allocations("sharded", ranks: ranks) == Array(repeating: 0, count: ranks))
  }
}
