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

  @OptionGroup var layers: LayerOptions

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  func validate() throws {
    if batchSize < 1 { throw ValidationError("--batch-size needs a number of at least 1.") }
    if let steps, steps < 1 { throw ValidationError("--steps needs a number of at least 1.") }
    if !(seconds > 0) { throw ValidationError("--seconds needs a number above 0.") }
  }

  func run() throws {
    MPIEnvironment.withWorld { world in
      if let steps { return try take(steps, world) }
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
