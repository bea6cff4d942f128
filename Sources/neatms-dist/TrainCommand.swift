import ArgumentParser
import Collectives
import DistTrainer
import Foundation
import Support

/// `neatms-dist train`: see docs/training.md.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train the network on labelled peaks, on one process or many.",
    discussion: """
      On one process: neatms-dist train --data batches.h5
      On eight:       mpirun -n 8 neatms-dist train --data batches.h5
      On this machine, without knowing mpirun: neatms-dist train --ranks 8
      Without data it trains on simulated peaks. The model is in neatms-run/best.h5 afterwards.
      """)

  @OptionGroup(title: "What to train") var start: StartOptions
  @OptionGroup(title: "Transfer learning") var transfer: TransferOptions
  @OptionGroup(title: "How to train") var fit: FitOptions
  @OptionGroup(title: "Watching the learning curve") var watch: WatchOptions
  @OptionGroup(title: "The run folder") var output: OutputOptions

  @OptionGroup(title: "How the ranks share the work") var sharing: SharingOptions

  @OptionGroup var processes: RanksOption

  func validate() throws {
    if output.resume && start.freshOptimizer {
      throw ValidationError(
        "--fresh-optimizer is for a new run: a resumed one keeps its optimizer.")
    }
  }

  func run() throws {
    try processes.launch(savesState: true)
    var request = TrainingRequest()
    try output.apply(to: &request)
    start.apply(to: &request)
    transfer.apply(to: &request)
    fit.apply(to: &request)
    try watch.apply(to: &request)
    (request.parallel, request.lanes) = (sharing.parallel, sharing.lanes)
    request.wire = sharing.wire
    request.commandLine = CommandLine.arguments
    let quiet = output.quiet
    let outcome = MPIEnvironment.withWorld(stallLimit: sharing.stallLimit) { world in
      try TrainingRun(
        request, world: world, console: Console(quiet: quiet || world.rank != 0)
      ).run()
    }
    if outcome == .interrupted { throw ExitCode(Failure.Code.interrupted.rawValue) }
  }
}

struct StartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Labelled peaks. Default: batches.h5 here if it exists, else the embedded demo set.",
      valueName: "FILE"), completion: .file(extensions: ["h5"]))
  var data: String?

  @Option(
    help: ArgumentHelp(
      """
      Start from this Keras model instead of from scratch, with its optimizer state where it holds \
      the same optimizer's.
      """, valueName: "FILE.h5"), completion: .file(extensions: ["h5"]))
  var model: String?

  @Flag(help: "Start the optimizer anew, as compiling the model again does.")
  var freshOptimizer = false

  func apply(to request: inout TrainingRequest) {
    request.data = data
    request.model = model
    request.freshOptimizer = freshOptimizer
  }
}

extension Monitor: ExpressibleByArgument {}

struct FitOptions: ParsableArguments {
  enum OptimizerName: String, ExpressibleByArgument, CaseIterable { case adam, sgd }

  @Option(help: "The optimizer. (default: adam)") var optimizer: OptimizerName?

  @Option(help: ArgumentHelp("Learning rate. (default: 0.00001)", valueName: "R"))
  var learningRate: Float?

  @Option(
    help: ArgumentHelp(
      "Momentum, for sgd. (default: that of the model whose optimizer goes on, else 0)",
      valueName: "M"))
  var momentum: Float?

  @Option(
    help: ArgumentHelp(
      """
      Train until N epochs are completed; with --resume, +N trains N more. (default: 1000)
      """, valueName: "N"))
  var epochs: EpochsArgument?

  @Option(
    help: ArgumentHelp("Peaks of a batch, over all ranks together. (default: 32)", valueName: "B"))
  var batchSize: Int?

  @Option(
    help: ArgumentHelp(
      "Seed of the start weights, the shuffles and the dropout. (default: 0)", valueName: "S"))
  var seed: UInt64?

  @Flag(help: "Visit the peaks in the file's order in every epoch.") var noShuffle = false

  @Option(
    help: ArgumentHelp(
      "Dropout rate of this training. (default: as the model says, 0.5)", valueName: "R"))
  var dropout: Float?

  @Option(
    help: ArgumentHelp(
      "Weigh classes: balanced, or e.g. Noise=0.5,High_quality=2. (default: none)",
      valueName: "balanced|NAME=W,…"))
  var classWeight: String?

  func apply(to request: inout TrainingRequest) {
    request.optimizer = optimizer?.rawValue
    request.learningRate = learningRate
    request.momentum = momentum
    request.epochs = epochs?.value
    request.batchSize = batchSize
    request.seed = seed
    request.shuffle = noShuffle ? false : nil
    request.dropout = dropout
    request.classWeight = classWeight
  }
}

/// `500`, or `+500`.
struct EpochsArgument: ExpressibleByArgument {
  let value: TrainingRequest.Epochs

  init?(argument: String) {
    let isMore = argument.hasPrefix("+")
    guard let count = Int(isMore ? String(argument.dropFirst()) : argument), count >= 0 else {
      return nil
    }
    value = isMore ? .more(count) : .total(count)
  }
}

struct WatchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Stop after so many epochs without improvement. (default: off)", valueName: "PATIENCE"))
  var earlyStopping: Int?

  @Option(
    help: ArgumentHelp("Smallest change that is an improvement. (default: 0)", valueName: "D"))
  var minDelta: Double?

  @Option(
    help: "What early stopping, the best model and the plateau rule watch. (default: val_loss)")
  var monitor: Monitor?

  @Option(
    help: ArgumentHelp(
      "Reduce the learning rate after so many epochs without improvement. (default: off)",
      valueName: "P"))
  var reduceLrPatience: Int?

  @Option(help: ArgumentHelp("… by this factor. (default: 0.1)", valueName: "F"))
  var reduceLrFactor: Double?

  func apply(to request: inout TrainingRequest) throws {
    request.earlyStopping = earlyStopping
    request.minDelta = minDelta
    request.monitor = monitor
    request.reduceLRPatience = reduceLrPatience
    request.reduceLRFactor = reduceLrFactor
  }
}

struct OutputOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The run folder.", valueName: "DIR"), completion: .directory)
  var out = "neatms-run"

  @Flag(help: "Start anew in a folder that holds a run.") var overwrite = false

  @Flag(help: "Go on from the newest whole checkpoint in the run folder, on any number of ranks.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Epochs between checkpoints, or minutes (1m), looked at when an epoch ends.",
      valueName: "N|Nm"))
  var checkpointEvery = CheckpointArgument(value: .seconds(60), text: "1m")

  @Option(help: ArgumentHelp("Checkpoints to keep.", valueName: "K")) var keep = 3

  @Flag(help: "Also write TensorBoard event files: tensorboard --logdir DIR shows the curves.")
  var tensorboard = false

  @Flag(name: .shortAndLong, help: "Only warnings and errors.") var quiet = false

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out needs the name of a folder.") }
    if overwrite && resume { throw ValidationError("--overwrite and --resume exclude each other.") }
    if keep < 1 { throw ValidationError("--keep needs a number of at least 1.") }
  }

  func apply(to request: inout TrainingRequest) throws {
    request.out = out
    request.mode = overwrite ? .overwrite : resume ? .resume : .new
    request.checkpointInterval = checkpointEvery.value
    request.keep = keep
    request.tensorBoard = tensorboard
  }
}

/// `10` (epochs) or `2m` (minutes, fractions allowed).
struct CheckpointArgument: ExpressibleByArgument, CustomStringConvertible {
  let value: CheckpointInterval
  let text: String

  init(value: CheckpointInterval, text: String) { (self.value, self.text) = (value, text) }

  init?(argument: String) {
    text = argument
    if argument.hasSuffix("m") {
      guard let minutes = Double(argument.dropLast()), minutes >= 0, minutes.isFinite else {
        return nil
      }
      value = .seconds(minutes * 60)
    } else {
      guard let epochs = Int(argument), epochs > 0 else { return nil }
      value = .epochs(epochs)
    }
  }

  var description: String { text }
  var defaultValueDescription: String { text }
}
