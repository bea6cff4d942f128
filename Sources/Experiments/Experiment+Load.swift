import PeakData
import Support

extension Experiment {
  /// Reads the feature table and finds each sample's raw file.
  /// - Throws: `Failure` of `FeatureTable.read` and `RawFolder`: `.missingInput` or `.badData`, with
  ///   file, row and column.
  public static func load(
    raw: String, features: String, format: FeatureTableFormat
  ) throws -> Experiment {
    let folder = try RawFolder(raw)
    let table = try FeatureTable.read(features, format: format)
    return Experiment(
      table: table, rawFiles: try folder.paths(for: table.samples, table: features))
  }

  /// One task a raw file that has any of `chosen` (ascending indices into `table.peaks`), and the
  /// peaks of each.
  func tasks(for chosen: [Int]) -> (tasks: [RawFileTask], peaks: [[Int]]) {
    var bySample: [[Int]] = Array(repeating: [], count: table.samples.count)
    for index in chosen { bySample[table.peaks[index].sample].append(index) }
    let used = bySample.indices.filter { !bySample[$0].isEmpty }
    let tasks = used.map { sample in
      RawFileTask(
        sample: table.samples[sample], path: rawFiles[sample],
        windows: bySample[sample].map { table.peaks[$0].window })
    }
    return (tasks, used.map { bySample[$0] })
  }
}
