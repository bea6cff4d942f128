import ArgumentParser
import DistTrainer
import Foundation
import Isolation
import KerasFile
import PeakData
import Support

@main
struct NeatMSDist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neatms-dist",
    abstract: "Train the NeatMS peak classifier on one process or many.",
    version: packageVersion,
    subcommands: [
      PrepareCommand.self,
      TrainCommand.self,
      PredictCommand.self,
      SummaryCommand.self,
      ExportCommand.self,
      BenchCommand.self,
      PlanCommand.self,
      DemoCommand.self,
      InspectCommand.self,
    ])

  /// Under mpirun every rank parses the same command line: only rank 0 says what is wrong with it.
  static func main() {
    IsolatedReader.serveIfAsked([
      KerasFile.isolatedTask, CheckpointFile.isolatedTask, BatchesFile.isolatedTask,
    ])
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      if isFirstRank { Console().warn("neatms-dist: \(failure)") }
      Foundation.exit(failure.code.rawValue)
    } catch {
      guard isFirstRank else { Foundation.exit(exitCode(for: error).rawValue) }
      exit(withError: error)
    }
  }

  /// Whether this process is rank 0 of an MPI job, or not in one, by the launcher's environment.
  private static var isFirstRank: Bool {
    let environment = ProcessInfo.processInfo.environment
    let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"]
    return names.lazy.compactMap { environment[$0] }.first.map { $0 == "0" } ?? true
  }
}
