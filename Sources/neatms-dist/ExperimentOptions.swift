import ArgumentParser
import PeakData

extension FeatureTableFormat: ExpressibleByArgument {}

/// What `prepare` and `predict` read: NeatMS's experiment.
struct ExperimentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of raw files, .mzML or .mzML.gz.", valueName: "DIR"),
    completion: .directory)
  var raw: String

  @Option(
    help: ArgumentHelp(
      """
      The feature table: a CSV file, or a folder of one CSV file a sample (mzMine, peakonly).
      """, valueName: "PATH"), completion: .file())
  var features: String

  @Option(help: "The program that wrote the feature table.")
  var format: FeatureTableFormat

  @Flag(help: "Leave raw files out that cannot be read, instead of stopping.")
  var skipBadFiles = false
}
