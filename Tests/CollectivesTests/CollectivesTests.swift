import Collectives
import CollectivesSuite
import Support
import TestTools
import Testing

/// Every check against the communicator that needs no MPI.
@Suite struct SoloCommunicatorTests {
  @Test(arguments: CollectivesSuite.checks)
  func suite(_ check: CollectivesSuite.Check) throws {
    let suite = CollectivesSuite(world: SoloCommunicator())
    try suite.run(check)
    #expect(suite.failures == [])
    #expect(suite.passed > 0 || check.description == "barrier")
  }
}

/// The same checks under mpirun. One job at a time: several would only wait for each other.
@Suite(.serialized) struct MPICommunicatorTests {
  @Test(arguments: [1, 2, 3, 4, 8])
  func suite(ranks: Int) throws {
    try expectPassed(ranks: ranks, [])
  }

  /// Every call of more than 100,000 elements or bytes is made in pieces, as one of more than 2^30.
  @Test(arguments: [1, 3])
  func suiteInPieces(ranks: Int) throws {
    try expectPassed(ranks: ranks, ["--chunk", "100000"])
  }

  private func expectPassed(ranks: Int, _ arguments: [String]) throws {
    let result = try runMPI(ranks: ranks, builtProduct("mpi-suite"), arguments, timeout: 300)
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stderr == "")
    let summary = result.stdout.split(separator: " ")
    #expect(summary.first.flatMap { Int($0) } ?? 0 > 150)
    #expect(result.stdout.contains(" checks passed, 0 failed on \(ranks) ranks (Open MPI v"))
  }

  /// Without a launcher MPI is not started.
  @Test func withoutMPI() throws {
    let result = try run(builtProduct("mpi-suite"), timeout: 60)
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains(" checks passed, 0 failed on 1 ranks (no MPI)"))
  }
}
