import ArgumentParser
import Collectives
import DistTrainer
import Foundation
import Support

/// `neatms-dist bench`: what scripts/bench.sh compares with Keras and PyTorch.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time training steps on simulated peaks, over the ranks of mpirun.",
    discussion: """
      Prints samples per second, over the whole time and of the fastest epoch. With --freeze or \
      --train-only it takes turns with training everything and prints how many times faster it is \
      (ratio), also where a frozen conv base's output is not kept (ratio_not_kept).
      """)

  @Option(help: ArgumentHelp("Peaks of a batch, over all ranks together.", valueName: "B"))
  var batchSize = 32

  @Option(help: ArgumentHelp("How long to measure, after an epoch of warm-up.", valueName: "S"))
  var seconds = 5.0

  @Option(help: "How the ranks share the work.")
  var parallel = ParallelMode.auto

  @Option(help: ArgumentHelp("Lanes of a sharded step. (default: 8)", valueName: "L"))
  var lanes: Int?

  @Option(help: "The numbers in which a sharded step sends features between hosts.")
  var wire = Wire.fp32

  @Option(
    help: ArgumentHelp(
      "Take just so many steps, untimed: for counting instructions.", valueName: "N"))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Write when the parts of an epoch's steps began and ended on every rank, for Perfetto or Chrome's about:tracing, and print their shares of the time.",
      valueName: "FILE"))
  var trace: String?

  @Flag(help: "Compare steps with what their matrix products take by themselves, on one rank.")
  var products = false

  @OptionGroup var layers: LayerOptions

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  /// Its buffers take 2 GB a rank.
  static let largestBatch = 1 << 14

  func validate() throws {
    guard (1...Self.largestBatch).contains(batchSize) else {
      throw ValidationError("--batch-size needs a number from 1 to \(Self.largestBatch).")
    }
    if trace?.isEmpty == true { throw ValidationError("--trace needs the name of a file.") }
    if parallel == .data, wire != .fp32 {
      throw ValidationError("--wire is for sharded steps; --parallel data sends gradients.")
    }
    if let steps, steps < 1 { throw ValidationError("--steps needs a number of at least 1.") }
    let kinds = [steps != nil, trace != nil, products, layers.choice.isGiven].filter { $0 }
    if kinds.count > 1 {
      throw ValidationError(
        "--steps, --trace, --products and --freeze or --train-only are one each.")
    }
    if !(seconds > 0 && seconds.isFinite) {
      throw ValidationError("--seconds needs a number above 0.")
    }
  }

  func run() throws {
    MPIEnvironment.withWorld { world in
      if let steps { return try take(steps, world) }
      if let trace { return try write(trace, world) }
      if products { return try compareWithProducts(world) }
      if layers.choice.isGiven { return try compare(world) }
      let result = try StepBenchmark.run(
        world: world, batch: batchSize, seconds: seconds, mode: parallel, lanes: lanes,
        wire: wire)
      guard world.rank == 0 else { return }
      try Console.printResult(
        String(format: "samples_per_second: %.1f\n", result.samplesPerSecond)
          + String(format: "best_samples_per_second: %.1f", result.bestSamplesPerSecond))
    }
  }

  private func take(_ steps: Int, _ world: any Communicator) throws {
    try StepBenchmark.take(
      steps, world: world, batch: batchSize, layers: layers.choice, mode: parallel,
      lanes: lanes)
    if world.rank == 0 { try Console.printResult("steps: \(steps)") }
  }

  private func write(_ path: String, _ world: any Communicator) throws {
    let (trace, blocking) = try StepBenchmark.trace(
      world: world, batch: batchSize, mode: parallel, lanes: lanes, wire: wire)
    try world.agree { if world.rank == 0 { try trace.write(to: path) } }
    guard world.rank == 0 else { return }
    var lines = trace.shares.map { String(format: "%5.1f %% ", 100 * $0.share) + $0.name }
    if let hidden = trace.hidden {
      lines.append(String(format: "all_reduce_within_backward_pass: %.3f", hidden))
    }
    if let wait = trace.classifierWait, let alone = blocking?.classifierBlocking {
      lines.append(String(format: "step_microseconds: %.1f", 1e6 * trace.step))
      lines.append(
        String(format: "step_without_overlap_microseconds: %.1f", 1e6 * (blocking?.step ?? 0)))
      lines.append(String(format: "all_reduce_wait_microseconds: %.1f", 1e6 * wait))
      lines.append(String(format: "all_reduce_alone_microseconds: %.1f", 1e6 * alone))
    }
    try Console.printResult(lines.joined(separator: "\n"))
  }

  private func compareWithProducts(_ world: any Communicator) throws {
    guard world.size == 1 else {
      throw Failure(.usage, "bench --products is for one rank; mpirun started \(world.size)")
    }
    let result = try StepBenchmark.products(
      batch: batchSize, seconds: seconds, mode: parallel, lanes: lanes)
    try Console.printResult(
      [
        String(format: "step_microseconds: %.1f", 1e6 * result.step),
        String(format: "products_microseconds: %.1f", 1e6 * result.products),
        String(format: "products_gflops: %.1f", 1e-9 * result.operations / result.products),
        String(format: "products_by_blis_microseconds: %.1f", 1e6 * result.blis),
        String(format: "ratio: %.3f", result.ratio),
        String(format: "ratio_by_blis: %.3f", result.ratioOfBLIS),
      ].joined(separator: "\n"))
  }

  private func compare(_ world: any Communicator) throws {
    let result = try FreezeBenchmark.run(
      world: world, batch: batchSize, seconds: seconds, layers: layers.choice,
      mode: parallel, lanes: lanes)
    guard world.rank == 0 else { return }
    let numbers = [
      ("samples_per_second", result.frozen.samplesPerSecond),
      ("best_samples_per_second", result.frozen.bestSamplesPerSecond),
      ("samples_per_second_not_kept", result.recomputed.samplesPerSecond),
      ("samples_per_second_all_trained", result.all.samplesPerSecond),
    ].map { "\($0): " + String(format: "%.1f", $1) }
    let ratios = [("ratio", result.ratio), ("ratio_not_kept", result.recomputedRatio)].map {
      "\($0): " + String(format: "%.2f", $1)
    }
    try Console.printResult((numbers + ratios).joined(separator: "\n"))
  }
}
