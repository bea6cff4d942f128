import ArgumentParser
import Collectives

/// `--ranks N`, for those who do not know mpirun.
struct RanksOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Run on so many processes of this machine: starts mpirun -n N with this command.",
      valueName: "N"))
  var ranks: Int?

  func validate() throws {
    if let ranks, ranks < 1 { throw ValidationError("--ranks needs a number of at least 1.") }
    if ranks != nil && MPIEnvironment.isLaunchedByMPI() {
      throw ValidationError("--ranks starts mpirun: leave one of the two out.")
    }
  }

  /// Where the option is given, runs this command under mpirun and exits with its code.
  /// - Parameter savesState: whether the command answers a SIGUSR1 by saving its state and ending.
  func launch(savesState: Bool) throws {
    if let ranks { try Launcher.run(ranks: ranks, savesState: savesState) }
  }
}
