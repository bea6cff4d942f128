import Foundation
import TestTools
import Testing

/// `bench --trace` and `bench --products`.
@Suite("Where a step's time goes") struct BenchTests {
  let tool: String
  let folder: TestTools.TemporaryFolder

  init() throws {
    tool = try builtProduct("neatms-dist")
    folder = try TestTools.TemporaryFolder()
  }

  struct Trace: Decodable {
    struct Event: Decodable {
      var name: String
      var ph: String
      var ts: Double
      var dur: Double
      var pid: Int
      var tid: Int
      var end: Double { ts + dur }
    }
    var traceEvents: [Event]
  }

  private func trace(_ mode: String, ranks: Int) throws -> (Trace, String) {
    let file = folder.file("\(mode)-\(ranks).json")
    let result = try runMPI(ranks: ranks, tool, ["bench", "--parallel", mode, "--trace", file])
    #expect(result.status == 0, "\(result.stderr)")
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    return (try JSONDecoder().decode(Trace.self, from: data), result.stdout)
  }

  private func value(_ name: String, _ output: String) throws -> Double {
    let line = try #require(
      output.split(separator: "\n").last { $0.hasPrefix(name + ": ") }, "\(name): \(output)")
    return try #require(Double(line.dropFirst(name.count + 2)))
  }

  /// The all-reduce of the classifier's gradients, 98 % of all, begins before the conv base's backward
  /// pass does and runs beside it, in every step and on every rank.
  @Test(arguments: [2, 3]) func allReduceRunsBesideTheBackwardPass(ranks: Int) throws {
    let (trace, output) = try trace("data", ranks: ranks)
    for rank in 0..<ranks {
      let events = trace.traceEvents.filter { $0.pid == rank && $0.ph == "X" }
      func named(_ name: String) -> [Trace.Event] {
        events.filter { $0.name == name }.sorted { $0.ts < $1.ts }
      }
      let sums = named("all-reduce of the classifier's gradients")
      let passes = named("the conv base's backward pass")
      // 4,000 peaks, four fifths of them for training, in batches of 32.
      #expect(sums.count == 100 && passes.count == 100 && named("step").count == 100)
      for (sum, pass) in zip(sums, passes) {
        #expect(sum.tid == 1 && pass.tid == 0)
        #expect(sum.ts < pass.end && sum.end > pass.ts)
      }
      // Where ranks share cores, one may have to wait for its turn now and then.
      let late = zip(sums, passes).filter { $0.ts - $1.ts > 0.5 * $1.dur }
      #expect(late.count < 20, "it began late in the pass \(late.count) times")
    }
    let share = try value("all_reduce_within_backward_pass", output)
    #expect(share > 0 && share <= 1)
    #expect(try value("all_reduce_wait_microseconds", output) >= 0)
    #expect(try value("all_reduce_alone_microseconds", output) > 0)
  }

  @Test func partsOfAShardedStepAddUp() throws {
    let (trace, output) = try trace("sharded", ranks: 2)
    #expect(!output.contains("all_reduce_within"))
    let steps = trace.traceEvents.filter { $0.name == "step" }
    #expect(steps.count == 200)
    let whole = steps.reduce(0) { $0 + $1.dur }
    let parts = trace.traceEvents.filter { $0.name != "step" }.reduce(0) { $0 + $1.dur }
    #expect(parts <= whole && parts > 0.8 * whole)
    let shares = output.split(separator: "\n").compactMap {
      Double($0.split(separator: " ").first ?? "")
    }
    #expect(abs(shares.reduce(0, +) - 100 * parts / whole) < 1)
  }

  @Test(arguments: ["data", "sharded"]) func productsAreAPartOfTheStep(mode: String) throws {
    let result = try run(
      tool, ["bench", "--products", "--parallel", mode, "--seconds", "0.5"])
    #expect(result.status == 0, "\(result.stderr)")
    var values: [String: Double] = [:]
    for line in result.stdout.split(separator: "\n") {
      let words = line.split(separator: ":")
      values[String(words[0])] = Double(words[1].drop { $0 == " " })
    }
    let ratio = try #require(values["ratio"])
    #expect(ratio > 1 && ratio < 10)
    let (step, products) = (values["step_microseconds"] ?? 0, values["products_microseconds"] ?? 0)
    #expect(products > 0 && step > products)
    // Tiles are there because they are faster than BLIS; instructions are counted without them.
    let cpu = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    if cpu.contains("avx512bw"), ProcessInfo.processInfo.environment["NEATMS_DIST_TILES"] == nil {
      #expect(products < values["products_by_blis_microseconds"] ?? 0)
    }
    // 15.1 million multiplications and additions a peak; by Winograd's form, which comes with tiles, half
    // as many in the second convolution.
    let operations = 1e3 * (values["products_gflops"] ?? 0) * products / 32
    let isOff = ProcessInfo.processInfo.environment["NEATMS_DIST_TILES"] == "none"
    let expected = cpu.contains(" avx2 ") && cpu.contains(" fma ") && !isOff ? 10.6e6 : 15.1e6
    #expect(abs(operations / expected - 1) < 0.1, "\(operations)")
  }

  @Test func oneKindOfMeasurementAtATime() throws {
    let result = try run(tool, ["bench", "--products", "--steps", "3"])
    #expect(result.status == 64 && result.stderr.contains("--products"), "\(result.stderr)")
    let two = try runMPI(ranks: 2, tool, ["bench", "--products"])
    #expect(two.status == 64 && two.stderr.contains("one rank"), "\(two.stderr)")
  }
}
