import ArgumentParser
import Collectives
import Experiments
import Support

/// `neatms-dist predict`: see docs/predicting.md.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Label every peak of an experiment with a trained model.",
    discussion: """
      Writes the columns of NeatMS's export_csv, the feature table's own ids, and the probability of \
      every class. A peak whose probability for --label reaches --threshold gets that label, any \
      other its most probable one.

      Examples:
        neatms-dist predict --model neatms-run/best.h5 --raw mzML --features features.csv \
      --format xcms
        mpirun -n 8 neatms-dist predict --model best.h5 --raw mzML --features tables \
      --format mzmine --label High_quality --threshold 0.3 --out labelled.csv
      """)

  @OptionGroup(title: "The model") var model: PredictModelOptions
  @OptionGroup(title: "The experiment") var experiment: ExperimentOptions
  @OptionGroup(title: "The rule") var rule: PredictRuleOptions
  @OptionGroup(title: "The output") var output: PredictOutput
  @OptionGroup var processes: RanksOption

  func run() throws {
    try processes.launch(savesState: false)
    var request = PredictionRequest(
      model: model.model, raw: experiment.raw, features: experiment.features,
      format: experiment.format, out: output.out)
    request.skipBadFiles = experiment.skipBadFiles
    request.overwrite = output.overwrite
    model.apply(to: &request)
    request.label = rule.label
    request.threshold = rule.threshold
    let (asked, quiet) = (request, output.quiet)
    MPIEnvironment.withWorld { world in
      let console = Console(quiet: quiet || world.rank != 0)
      if let counts = try Prediction(asked, world: world, console: console).run() {
        try Console.printResult(counts, terminator: "")
      }
    }
  }
}

struct PredictModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A Keras model of this network, of whatever program.", valueName: "FILE.h5"),
    completion: .file(extensions: ["h5"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      """
      The classes of a model that does not name them, in any order. (default for three: \
      High_quality,Low_quality,Noise)
      """, valueName: "A,B,…"))
  var classes: ListArgument?

  @Option(
    help: ArgumentHelp("Points of a matrix row. (default: as the model says)", valueName: "M"))
  var matrixSize: Int?

  @Option(
    help: ArgumentHelp(
      """
      Margin on each side of a peak, as a fraction of its width. (default: as the model says, else 1)
      """, valueName: "F"))
  var margin: Double?

  @Option(
    help: ArgumentHelp(
      "Leave out peaks with fewer scans than this. (default: as the model says, else 5)",
      valueName: "N"))
  var minScanNum: Int?

  func validate() throws {
    if let margin, !(margin >= 0 && margin <= 1000) {
      throw ValidationError("--margin: expected 0 … 1000, found \(margin).")
    }
    if let minScanNum, minScanNum < 0 {
      throw ValidationError("--min-scan-num: expected at least 0, found \(minScanNum).")
    }
  }

  func apply(to request: inout PredictionRequest) {
    request.classes = classes?.names
    request.matrixSize = matrixSize
    request.margin = margin
    request.minScanNum = minScanNum
  }
}

struct PredictRuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The class that a peak gets as soon as its probability reaches the threshold. (default: \
      High_quality; without that class, the most probable one decides)
      """, valueName: "LABEL"))
  var label: String?

  @Option(
    help: ArgumentHelp(
      """
      That probability, 0 … 1; at 1 the most probable class decides. neatms-evaluate finds the best \
      one. (default: 0.22)
      """, valueName: "P"))
  var threshold: Double?

  func validate() throws {
    if let threshold, !(threshold >= 0 && threshold <= 1) {
      throw ValidationError("--threshold: expected 0 … 1, found \(threshold).")
    }
  }
}

struct PredictOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp("The table to write.", valueName: "FILE.csv"),
    completion: .file(extensions: ["csv"]))
  var out = "labelled.csv"

  @Flag(help: "Replace the file if it exists.") var overwrite = false

  @Flag(name: .shortAndLong, help: "Only warnings and errors.") var quiet = false
}
