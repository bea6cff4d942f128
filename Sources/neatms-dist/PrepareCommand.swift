import ArgumentParser
import Collectives
import Experiments
import PeakData
import Support

/// `neatms-dist prepare`: see docs/preparing.md.
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Make batches of labelled peaks from raw files, a feature table and labels.",
    discussion: """
      The labels are a CSV file with the columns sample, label, and either feature_id or mz and rt, \
      as the feature table has them. What NeatMS exports is read too.

      Examples:
        neatms-dist prepare --raw mzML --features features.csv --format xcms --labels labels.csv
        mpirun -n 8 neatms-dist prepare --raw mzML --features tables --format mzmine \
      --labels labels.csv --out batches.h5
      """)

  @OptionGroup(title: "The experiment") var experiment: ExperimentOptions
  @OptionGroup(title: "The labels") var labels: LabelOptions
  @OptionGroup(title: "The matrices") var matrices: MatrixOptions
  @OptionGroup(title: "The three sets") var sets: SetOptions
  @OptionGroup(title: "The output") var output: BatchesOutput
  @OptionGroup var processes: RanksOption

  func run() throws {
    try processes.launch(savesState: false)
    var request = PreparationRequest(
      raw: experiment.raw, features: experiment.features, format: experiment.format,
      labels: labels.labels, out: output.out)
    request.skipBadFiles = experiment.skipBadFiles
    request.overwrite = output.overwrite
    labels.apply(to: &request)
    request.rule = matrices.rule
    sets.apply(to: &request)
    let (asked, quiet) = (request, output.quiet)
    MPIEnvironment.withWorld { world in
      let console = Console(quiet: quiet || world.rank != 0)
      if let table = try Preparation(asked, world: world, console: console).run() {
        try Console.printResult(table, terminator: "")
      }
    }
  }
}

struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The labels of peaks.", valueName: "FILE.csv"),
    completion: .file(extensions: ["csv"]))
  var labels: String

  @Option(
    help: ArgumentHelp("Labels to leave out, separated by commas.", valueName: "LABEL,…"))
  var exclude: [ListArgument] = []

  @Option(
    help: ArgumentHelp(
      "Make one class of several labels; may be given more than once.", valueName: "A,B=NAME"))
  var merge: [MergeArgument] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far a label's m/z may be from its peak's, in Th.", valueName: "D"))
  var mzTolerance = LabelTolerance().mz

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How far a label's retention time may be from its peak's, in minutes.", valueName: "D"))
  var rtTolerance = LabelTolerance().rt

  @Option(
    help: ArgumentHelp(
      "Also list the labels that found no peak, or more than one, in this file.",
      valueName: "FILE.csv"), completion: .file(extensions: ["csv"]))
  var unmatched: String?

  func validate() throws {
    for (name, value) in [("--mz-tolerance", mzTolerance), ("--rt-tolerance", rtTolerance)] {
      guard value >= 0, value.isFinite else {
        throw ValidationError("\(name): expected a number of at least 0, found \(value).")
      }
    }
  }

  func apply(to request: inout PreparationRequest) {
    request.classes = ClassRule(
      exclude: exclude.flatMap(\.names), merges: merge.map(\.merge))
    request.tolerance = LabelTolerance(mz: mzTolerance, rt: rtTolerance)
    request.unmatched = unmatched
  }
}

/// `A,B`.
struct ListArgument: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    var names: [String] = []
    var rest = argument[...]
    while true {
      rest = rest.drop { $0 == " " }
      let isQuoted = rest.first == "\""
      if isQuoted { rest.removeFirst() }
      guard
        let end = isQuoted ? rest.firstIndex(of: "\"") : rest.firstIndex(of: ",") ?? rest.endIndex
      else { return nil }
      // Tables are read without the spaces around a name.
      names.append(rest[..<end].trimmingCharacters(in: .whitespaces))
      rest = rest[end...]
      if isQuoted { rest.removeFirst() }
      if rest.isEmpty { break }
      // Behind a closing quote comes a comma.
      guard rest.removeFirst() == "," else { return nil }
    }
    if names.contains("") { return nil }
    self.names = names
  }
}

/// `A,B=NAME`.
struct MergeArgument: ExpressibleByArgument {
  let merge: ClassRule.Merge

  init?(argument: String) {
    let sides = argument.split(separator: "=", omittingEmptySubsequences: false)
    // A comma in a class's name would part it wherever classes are listed.
    let name = sides.count == 2 ? sides[1].trimmingCharacters(in: .whitespaces) : ""
    guard !name.isEmpty, !name.contains(","),
      let list = ListArgument(argument: String(sides[0]))
    else { return nil }
    merge = ClassRule.Merge(labels: list.names, name: name)
  }
}

struct MatrixOptions: ParsableArguments {
  @Option(parsing: .unconditional, help: ArgumentHelp("Points of a matrix row.", valueName: "M"))
  var matrixSize = 120

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Margin on each side of a peak, as a fraction of its width.", valueName: "F"))
  var margin = 1.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Leave out peaks with fewer scans than this.", valueName: "N"))
  var minScanNum = 5

  func validate() throws {
    guard (8...1_000_000).contains(matrixSize) else {
      throw ValidationError("--matrix-size: expected 8 … 1000000, found \(matrixSize).")
    }
    guard margin >= 0, margin <= 1000 else {
      throw ValidationError("--margin: expected 0 … 1000, found \(margin).")
    }
    guard minScanNum >= 0 else {
      throw ValidationError("--min-scan-num: expected at least 0, found \(minScanNum).")
    }
  }

  var rule: PeakMatrixRule {
    PeakMatrixRule(matrixSize: matrixSize, margin: margin, minScanNum: minScanNum)
  }
}

struct SetOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Part of the peaks that becomes the test set, and again the validation set.",
      valueName: "S"))
  var validationSplit = 0.1

  @Flag(help: "Take of every class as many peaks as the smallest has.")
  var normaliseClass = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the shuffle.", valueName: "S"))
  var seed: UInt64 = 0

  func validate() throws {
    guard validationSplit >= 0, validationSplit < 0.5 else {
      throw ValidationError(
        "--validation-split: expected 0 … below 0.5 (two such parts are taken), found \(validationSplit)."
      )
    }
  }

  func apply(to request: inout PreparationRequest) {
    request.validationSplit = validationSplit
    request.normaliseClass = normaliseClass
    request.seed = seed
  }
}

struct BatchesOutput: ParsableArguments {
  @Option(help: ArgumentHelp("The file to write.", valueName: "FILE.h5"), completion: .file())
  var out = "batches.h5"

  @Flag(help: "Replace the file if it exists.") var overwrite = false

  @Flag(name: .shortAndLong, help: "Only warnings and errors.") var quiet = false
}
