import Collectives
import Foundation
import Support

/// What `plan` prints.
public struct ScalingReport {
  private let model: ScalingModel
  private var checks: [Check] = []

  /// What the model says of these ranks beside what they did.
  private struct Check {
    let batch: Int
    let ranks: Int
    let mode: ParallelMode
    let foretold: Double
    let measured: Double
  }

  public init(_ model: ScalingModel) { self.model = model }

  /// Collective: measures real steps of both modes on these ranks.
  public mutating func check(_ world: any Communicator, batch: Int, seconds: Double) throws {
    for mode in [ParallelMode.data, .sharded] {
      let measured = try StepBenchmark.run(
        world: world, batch: batch, seconds: seconds, peaks: max(batch * 10, 1000), mode: mode)
      let foretold =
        mode == .data
        ? model.data(ranks: world.size, batch: batch)
        : model.sharded(ranks: world.size, batch: batch)
      guard let foretold else { continue }
      checks.append(
        Check(
          batch: batch, ranks: world.size, mode: mode, foretold: foretold.samplesPerSecond,
          measured: measured.samplesPerSecond))
    }
  }

  public func text(ranks: [Int], batches: [Int]) -> String {
    let tables = batches.map { "batch \($0)\n" + table(ranks: ranks, batch: $0) }
    var parts = [given] + tables
    if !checks.isEmpty { parts.append(checked) }
    parts += batches.filter { $0 > Self.usualBatch }.map(Self.learningRate)
    return parts.joined(separator: "\n").trimmingCharacters(in: .newlines)
  }

  private var given: String {
    func line(_ name: String, _ cost: ComputeCost) -> String {
      String(
        format: "%@: %.3f ms a step and %.1f µs a sample on one rank\n", name,
        1e3 * (cost.fixed + cost.weights), 1e6 * cost.sample)
    }
    let link = model.link
    let sharing =
      model.ranksPerHost > 1 ? ", shared by the \(model.ranksPerHost) ranks of a host" : ""
    return line("data", model.data) + line("sharded", model.sharded)
      + String(
        format: "link %@: %.1f µs a message, %.2f GB/s\(sharing)\n", link.name,
        1e6 * link.latency, 1e-9 * link.bandwidth)
  }

  private func table(ranks: [Int], batch: Int) -> String {
    var rows = [
      ["ranks", "data/s", "speed-up", "sent", "sharded/s", "speed-up", "sent", "better"]
    ]
    let one = model.data(ranks: 1, batch: batch).samplesPerSecond
    for ranks in ranks {
      // Nothing crosses the link, and this model knows of nothing else.
      if ranks > 1, ranks <= model.ranksPerHost {
        rows.append(["\(ranks)"] + Array(repeating: "-", count: 6) + ["(one host)"])
        continue
      }
      let data = model.data(ranks: ranks, batch: batch)
      let sharded = model.sharded(ranks: ranks, batch: batch)
      var row = ["\(ranks)"] + cells(data, one)
      row += sharded.map { cells($0, one) } ?? ["-", "-", "-"]
      row.append((sharded?.seconds ?? .infinity) < data.seconds ? "sharded" : "data")
      rows.append(row)
    }
    return TextTable(rows: rows).text
  }

  private func cells(_ prediction: ScalingModel.Prediction, _ one: Double) -> [String] {
    [
      String(format: "%.0f", prediction.samplesPerSecond),
      String(format: "%.2f", prediction.samplesPerSecond / one),
      String(format: "%.2f MB", 1e-6 * prediction.traffic.bytes),
    ]
  }

  private var checked: String {
    var rows = [["checked here", "foretold/s", "measured/s", "error"]]
    for check in checks {
      rows.append([
        "\(check.mode.rawValue), batch \(check.batch), \(check.ranks) ranks",
        String(format: "%.0f", check.foretold), String(format: "%.0f", check.measured),
        String(format: "%+.0f %%", 100 * (check.foretold / check.measured - 1)),
      ])
    }
    return TextTable(rows: rows).text
  }

  /// NeatMS trains with it, and its learning rate goes with it.
  static let usualBatch = 32

  /// Square root for Adam: Malladi et al. 2022, arXiv:2205.10287, who scale 1 − β₁ and 1 − β₂ by the factor
  /// and ε by the root's inverse as well: β₁ = 0.9 reaches 0 at a factor of 10. Linear for SGD with a
  /// warm-up: Goyal et al. 2017, arXiv:1706.02677.
  static func learningRate(_ batch: Int) -> String {
    let factor = Double(batch) / Double(usualBatch)
    let adam =
      factor < 10
      ? String(format: "Adam: learning rate × %.3g", factor.squareRoot())
        + " (the rate's part of arXiv:2205.10287)"
      : "Adam: beyond the rule of arXiv:2205.10287, which ends at 10 times"
    return String(
      format: "batch %d: a step sees %.4g times the usual 32 peaks. ", batch, factor) + adam
      + String(format: "; SGD: × %.4g", factor)
      + ", reached over the first epochs (arXiv:1706.02677). Compare the test accuracy with that of "
      + "batch 32.\n"
  }
}
