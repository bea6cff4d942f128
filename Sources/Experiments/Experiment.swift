import PeakData
import Support

/// NeatMS's experiment: a folder of raw files, and the peaks that a feature table reports in them.
public struct Experiment: Sendable {
  public var table: FeatureTable
  /// The path of each sample's raw file, in the order of `table.samples`; empty for one
  /// without peaks that are wanted.
  public var rawFiles: [String]

  public init(table: FeatureTable, rawFiles: [String]) {
    self.table = table
    self.rawFiles = rawFiles
  }
}
