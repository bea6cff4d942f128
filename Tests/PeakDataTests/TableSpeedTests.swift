import Foundation
import PeakData
import Support
import TestTools
import Testing

/// A table of 200 samples, as a large study has. `NEATMS_WIDE_TABLE=100000` makes it that many rows
/// (1.1 GB), which is what docs/tables.md quotes.
@Suite struct TableSpeedTests {
  static let rows =
    ProcessInfo.processInfo.environment["NEATMS_WIDE_TABLE"].flatMap(Int.init) ?? 2000
  static let samples = 200

  @Test func aWideTableIsReadInSeconds() throws {
    let folder = try TableFolder()
    let path = folder.folder.path("wide.csv")
    let expected = try Self.write(to: path)
    let before = Self.peakMemory
    let start = ContinuousClock.now
    let table = try FeatureTable.read(path, format: .mzmine)
    let time = start.duration(to: .now) / .seconds(1)
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
    let megabytes = Double(size) / 1e6
    print(
      "TableSpeedTests: \(Self.rows) rows × \(2 + 8 * Self.samples) columns, \(Int(megabytes)) MB:",
      "\(table.peaks.count) peaks in \(time) s, \(Self.peakMemory - before) MB")
    #expect(table.samples.count == Self.samples)
    #expect(table.peaks.count == expected.peaks)
    #expect(table.peaks.reduce(0) { $0 + $1.sample } == expected.sampleSum)
    #expect(table.peaks.allSatisfy { $0.rtStart < $0.rt && $0.rt < $0.rtEnd })
    // Far below what it takes here (200 MB/s), so that a loaded machine passes.
    #expect(time < max(2, megabytes / 10))
  }

  /// Most memory that the process ever held, in MB.
  private static var peakMemory: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
  }

  /// Writes the table, 40 % of whose peaks are there.
  private static func write(to path: String) throws -> (peaks: Int, sampleSum: Int) {
    var random = PhiloxSequence(seed: 1, stream: .simulation)
    let blocks = (0..<500).map { _ in block(&random) }
    var sum = (peaks: 0, sampleSum: 0)
    let names = (0..<samples).map { "Sample_\($0).mzML" }
    let properties = [
      "Peak m/z", "Peak RT", "Peak RT start", "Peak RT end", "Peak height", "Peak area",
      "Peak m/z min", "Peak m/z max",
    ]
    let columns = names.flatMap { name in properties.map { ",\(name) \($0)" } }.joined()
    try Data("row m/z,row retention time\(columns),\n".utf8).write(to: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    defer { try? file.close() }
    try file.seekToEnd()
    for start in stride(from: 0, to: rows, by: 500) {
      var text = ""
      for row in start..<min(rows, start + 500) {
        text += "\(100 + Double(row) / 128),7.25"
        for sample in 0..<samples {
          let isThere = random.nextIndex(below: 10) < 4
          text += isThere ? blocks[random.index(below: 500)] : ",0,0,0,0,0,0,0,0"
          if isThere { sum = (sum.peaks + 1, sum.sampleSum + sample) }
        }
        text += ",\n"
      }
      try file.write(contentsOf: Data(text.utf8))
    }
    return sum
  }

  private static func block(_ random: inout PhiloxSequence) -> String {
    let mz = "\(100 + random.index(below: 900))."
    let minutes = 1 + random.index(below: 20)
    return ",\(mz)3\(random.digits(12)),\(minutes).5\(random.digits(6)),\(minutes).3"
      + "\(random.digits(6)),\(minutes).7\(random.digits(6)),9\(random.digits(6)).\(random.digits(4))"
      + ",9\(random.digits(7)).\(random.digits(6)),\(mz)2\(random.digits(13)),\(mz)4"
      + random.digits(13)
  }
}
