import PeakData
import Support

extension Experiment {
  /// Finds the raw file of each sample that has any of `peaks`, indices into `table.peaks`.
  /// - Throws: `Failure(.missingInput)` or `.badData` of `RawFolder`.
  init(table: FeatureTable, raw: String, features: String, peaks: [Int]) throws {
    let folder = try RawFolder(raw)
    try folder.checkApart(table.samples, table: features)
    var isUsed = Array(repeating: false, count: table.samples.count)
    for index in peaks { isUsed[table.peaks[index].sample] = true }
    let used = table.samples.indices.filter { isUsed[$0] }
    let paths = try folder.paths(for: used.map { table.samples[$0] }, table: features)
    var rawFiles = Array(repeating: "", count: table.samples.count)
    for (sample, path) in zip(used, paths) { rawFiles[sample] = path }
    self.init(table: table, rawFiles: rawFiles)
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
