import Foundation
import TestTools
import Testing

@Suite("plan") struct PlanTests {
  let tool: String

  init() throws { tool = try builtProduct("neatms-dist") }

  @Test func everyRankAndBatchHasARow() throws {
    let result = try run(
      tool, ["plan", "--ranks", "1,8", "--batch", "32,256", "--link", "1g", "--seconds", "0.3"])
    #expect(result.status == 0, "\(result.stderr)")
    let lines = result.stdout.split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("8 ") }.count == 2)
    #expect(lines.contains("link 1g: 40.0 µs a message, 0.12 GB/s"))
    // √8 and 8 times.
    #expect(
      result.stdout.contains(
        "batch 256: a step sees 8 times the usual 32 peaks. Adam: learning rate × 2.83"))
    #expect(!result.stdout.contains("checked"))
  }

  @Test func ranksMeasureTheirLinkAndCheckTheModel() throws {
    let result = try runMPI(
      ranks: 2, tool, ["plan", "--ranks", "2", "--batch", "32", "--seconds", "0.5"])
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout.contains("link measured between these ranks: "))
    #expect(result.stdout.contains("data, batch 32, 2 ranks"))
    #expect(result.stdout.contains("sharded, batch 32, 2 ranks"))
  }

  @Test func ranksOfOneHostHaveNoLink() throws {
    let plan = ["plan", "--ranks", "1,8,16", "--ranks-per-host", "8", "--seconds", "0.3"]
    let result = try run(tool, plan + ["--link", "25g"])
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout.components(separatedBy: "(one host)").count == 3, "\(result.stdout)")
    let measured = try runMPI(ranks: 2, tool, plan)
    #expect(measured.status == 64 && measured.stderr.contains("--link"), "\(measured.stderr)")
  }

  @Test(arguments: [
    ["--link", "fast"], ["--ranks", "0"], ["--ranks", "2,x"], ["--batch", ""],
    ["--ranks-per-host", "0"], ["--seconds", "-1"],
  ])
  func wrongOptionsAreRefused(options: [String]) throws {
    let result = try run(tool, ["plan"] + options)
    #expect(result.status == 64)
    #expect(result.stderr.contains(options[0]) && result.stdout.isEmpty, "\(result.stderr)")
  }
}
