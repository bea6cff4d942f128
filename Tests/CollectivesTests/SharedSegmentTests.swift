import Foundation
import Support
import TestTools
import Testing

@Suite(.serialized) struct SharedSegmentTests {
  /// Ranks that are killed leave no file behind.
  @Test func nothingStaysAfterAKill() throws {
    let folder = try TemporaryFolder()
    let before = try Self.names(folder.path)
    let job = try MPIRun.start(
      ranks: 3, builtProduct("mpi-suite"), ["segment"], environment: ["TMPDIR": folder.path])
    let deadline = ContinuousClock.now + .seconds(30)
    while job.stdout.split(separator: "\n").count < 3, ContinuousClock.now < deadline {
      usleep(20_000)
    }
    let ranks = job.stdout.split(separator: "\n").compactMap { line in
      line.split(separator: " ").last.flatMap { Int32($0) }
    }
    try #require(ranks.count == 3, "\(job.stdout)\(job.stderr)")
    let mapped = try ranks.map { try segments($0) }
    #expect(Set(mapped).count == 1 && !mapped[0].isEmpty, "held once: \(mapped)")
    for rank in ranks { kill(rank, SIGKILL) }
    let result = try job.wait(timeout: 30)
    #expect(result.status != 0)
    // Other jobs' segments have names for a moment; what a kill left would stay.
    var left = try Self.names(folder.path).subtracting(before)
    let patience = ContinuousClock.now + .seconds(20)
    while !left.isEmpty, ContinuousClock.now < patience {
      usleep(50_000)
      left.formIntersection(try Self.names(folder.path))
    }
    #expect(left.isEmpty)
  }

  /// The segments that have names, wherever they may lie.
  private static func names(_ folder: String) throws -> Set<String> {
    var names: Set<String> = []
    for place in ["/dev/shm", folder, NSTemporaryDirectory()] {
      for name in try FileManager.default.contentsOfDirectory(atPath: place)
      where name.hasPrefix("neatms-dist-") {
        names.insert(place + "/" + name)
      }
    }
    return names
  }

  /// Device, inode and name of the segments a process has mapped.
  private func segments(_ process: Int32) throws -> String {
    let result = try run("/bin/grep", ["neatms-dist-", "/proc/\(process)/maps"])
    let lines = result.stdout.split(separator: "\n").map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).dropFirst(3)
        .joined(separator: " ")
    }
    return lines.joined(separator: "\n")
  }
}
