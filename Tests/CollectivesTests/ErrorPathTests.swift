import Collectives
import Foundation
import Support
import TestTools
import Testing

/// A failure on one rank ends all ranks within two seconds, with one message and its exit code.
@Suite(.serialized) struct ErrorPathTests {
  static let message =
    "batches.h5, row 17: class index out of range: expected 0, 1 or 2, found 9\n"
    + "  Run prepare again.\n"

  /// `-q` keeps mpirun from adding its own report, so that standard error is the program's alone.
  private func fail(
    _ scenario: String, rank: Int = 0, ranks: Int = 4
  ) throws -> RunResult {
    try run(
      MPIRun.mpirun(),
      ["-q", "-n", "\(ranks)", builtProduct("mpi-suite"), scenario, "\(rank)"],
      environment: MPIRun.environment, timeout: 30)
  }

  /// How long a job takes that does nothing, at this moment on this machine.
  private func startupSeconds(ranks: Int = 4) throws -> Double {
    try fail("agreedDirectly", ranks: ranks).seconds
  }

  @Test(arguments: ["throwing", "busy", "stubborn"], [0, 3])
  func oneRank(_ scenario: String, rank: Int) throws {
    let startup = try startupSeconds()
    let result = try fail(scenario, rank: rank)
    #expect(result.status == 65)
    #expect(result.stderr == "mpi-suite: rank \(rank): \(Self.message)")
    #expect(result.stdout == "")
    #expect(result.seconds - startup < 2)
  }

  @Test(arguments: [1, 2, 8])
  func allRanksAtOnce(ranks: Int) throws {
    let result = try fail("all", ranks: ranks)
    #expect(result.status == 65)
    let told = (0..<ranks).map { "mpi-suite: rank \($0): \(Self.message)" }
    let expected = ranks == 1 ? ["mpi-suite: \(Self.message)"] : told
    #expect(expected.contains(result.stderr), "\(result.stderr)")
  }

  @Test func noFailure() throws {
    let result = try fail("foreign", rank: 1)
    #expect(result.status == 70)
    #expect(result.stderr.hasPrefix("mpi-suite: rank 1: ") && result.stderr.contains("260"))
    #expect(result.stderr.split(separator: "\n").count == 1)
  }

  /// What MPI finds becomes a message that names the call, the rank and MPI's words.
  @Test func mpiError() throws {
    let result = try fail("mismatch", rank: 2)
    #expect(result.status == 70)
    let expected =
      "mpi-suite: rank 0: MPI_Gatherv, rank 0 of 4: MPI reports an error: "
      + "expected MPI_SUCCESS, found MPI_ERR_TRUNCATE: message truncated"
    #expect(result.stderr.hasPrefix(expected), "\(result.stderr)")
    #expect(result.stderr.components(separatedBy: "mpi-suite: ").count == 2)
  }

  /// Which of the waiting ranks speaks is chance.
  @Test(
    arguments: [("stalled", "MPI_Allreduce"), ("stalledInMemory", "a barrier in shared memory")],
    [0, 2])
  func aRankThatDoesNotCome(_ scenario: (name: String, call: String), rank: Int) throws {
    let result = try fail(scenario.name, rank: rank, ranks: 3)
    #expect(result.status == 70)
    let message = try #require(
      try Regex(
        "mpi-suite: rank ([0-2]): waited 1 s in \(scenario.call) for the other ranks: "
          + "found rank \(rank) \\(process [0-9]+\\) busy elsewhere\n  Look at it.\n"
      ).wholeMatch(in: result.stderr), "\(result.stderr)")
    #expect(message[1].substring != "\(rank)")
  }

  /// The limit is for one wait, not for all of them together.
  @Test func aRankThatIsSlow() throws {
    let result = try fail("slow", rank: 1, ranks: 3)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.seconds > 2.4)
    #expect(result.stderr == "")
  }

  @Test func agreed() throws {
    let result = try fail("agreed", rank: 2)
    #expect(result.status == 65)
    #expect(result.stderr == "mpi-suite: rank 2, \(Self.message)")
  }

  @Test(arguments: [1, 4])
  func agreedDirectly(ranks: Int) throws {
    let result = try fail("agreedDirectly", ranks: ranks)
    #expect(result.status == 65)
    #expect(result.stderr == "mpi-suite: \(Self.message)")
  }

  @Test func withoutMPI() throws {
    for scenario in ["throwing", "agreed"] {
      let result = try run(builtProduct("mpi-suite"), [scenario])
      #expect(result.status == 65)
      #expect(result.stderr == "mpi-suite: \(Self.message)")
    }
  }
}
