import ArgumentParser
import Collectives
import DistTrainer
import Foundation
import Model
import Support

/// `neatms-dist plan`: how fast training would be on more ranks than there are here.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Foretell the speed of training on other numbers of ranks and other networks.",
    discussion: """
      Measures training steps on this machine, and adds what ranks would send each other. Under \
      mpirun it measures the link between the ranks, too, and compares what it foretells for them \
      with their real steps. How it counts is in docs/scaling.md.
      """)

  @Option(
    help: ArgumentHelp("Numbers of ranks, separated by commas.", valueName: "N,…"))
  var ranks = NumberList([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])

  @Option(
    help: ArgumentHelp(
      "Between the ranks: \(Link.known.map(\.name).joined(separator: ", ")), or Gbit/s and "
        + "microseconds a message as 40:5. (default: measured under mpirun, else 10g)",
      valueName: "LINK"))
  var link: String?

  @Option(
    help: ArgumentHelp(
      "Peaks of a batch, over all ranks together; several separated by commas.", valueName: "B,…"))
  var batch = NumberList([32, 256])

  @Option(
    help: ArgumentHelp("Ranks of a host, which share its link.", valueName: "R"))
  var ranksPerHost = 1

  @Option(help: ArgumentHelp("How long to measure computing.", valueName: "S"))
  var seconds = 3.0

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  func validate() throws {
    if let link, Link(link) == nil {
      throw ValidationError(
        "--link needs one of \(Link.known.map(\.name).joined(separator: ", ")), or Gbit/s and "
          + "microseconds as 40:5, not \"\(link)\".")
    }
    if ranksPerHost < 1 { throw ValidationError("--ranks-per-host needs a number of at least 1.") }
    if !(seconds > 0 && seconds.isFinite) {
      throw ValidationError("--seconds needs a number above 0.")
    }
  }

  func run() throws {
    MPIEnvironment.withWorld { world in
      guard world.size == 1 || link != nil || ranksPerHost == 1 else {
        throw Failure(
          .usage, "--ranks-per-host", expected: "--link with it",
          found: "a link that mpirun's ranks measure together, as they share it")
      }
      let console = Console(quiet: quiet || world.rank != 0)
      console.say("Measuring steps on this machine …")
      let costs = try ComputeCost.measured(world, modes: [.data, .sharded], seconds: seconds)
      let between = try link.flatMap(Link.init) ?? measuredLink(world)
      let sizes = StepSizes(.neatMS())
      func model(_ link: Link, ranksPerHost: Int) -> ScalingModel {
        ScalingModel(
          sizes: sizes, data: costs[0], sharded: costs[1], link: link, ranksPerHost: ranksPerHost)
      }
      var report = ScalingReport(model(between, ranksPerHost: ranksPerHost))
      if world.size > 1, link == nil {
        console.say("Measuring steps of \(world.size) ranks …")
        for batch in batch.numbers {
          guard batch <= BenchCommand.largestBatch else {
            if world.rank == 0 {
              console.warn("steps of \(batch) peaks are foretold but not checked: too large")
            }
            continue
          }
          try report.check(world, batch: batch, seconds: seconds / 2)
        }
      }
      guard world.rank == 0 else { return }
      try Console.printResult(report.text(ranks: ranks.numbers, batches: batch.numbers))
    }
  }

  private func measuredLink(_ world: any Communicator) throws -> Link {
    try world.size > 1 ? .measured(world) : Link("10g") ?? Link.known[0]
  }
}

/// `8,64,512`.
struct NumberList: ExpressibleByArgument, CustomStringConvertible {
  let numbers: [Int]

  init(_ numbers: [Int]) { self.numbers = numbers }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let numbers = parts.compactMap { $0 }
    guard numbers.count == parts.count, numbers.allSatisfy({ (1...1 << 24).contains($0) }) else {
      return nil
    }
    self.numbers = numbers
  }

  var description: String { numbers.map(String.init).joined(separator: ",") }
  var defaultValueDescription: String { description }
}
