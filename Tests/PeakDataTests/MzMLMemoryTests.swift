import Foundation
import Support
import TestTools
import Testing

private typealias T = MzMLText

/// Reading takes no more memory for a larger file.
@Suite("Memory of reading mzML")
struct MzMLMemoryTests {
  /// Writes a file of many spectra of 2,000 points, two thirds of which are of level 2.
  func write(megabytes: Int, to path: String) throws {
    let mz = (0..<2000).map { 100 + Double($0) * 0.5 }
    let arrays =
      T.array(T.mz + T.double + T.plain, text: T.base64(mz))
      + T.array(T.intensity + T.single + T.plain, text: T.base64(mz.map { Float($0) }))
    let spectra = (0..<3).map { level in
      T.spectrum(count: "2000", params: level == 0 ? T.level1 : T.level2, arrays: arrays)
    }
    let chunk = Data(String(repeating: spectra.joined(), count: 8).utf8)
    let parts = T.document("@").split(separator: "@").map { Data($0.utf8) }
    try parts[0].write(to: URL(filePath: path))
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    for _ in 0..<(megabytes * 1_000_000 / chunk.count) { try file.write(contentsOf: chunk) }
    try file.write(contentsOf: parts[1])
    try file.close()
  }

  /// Runs `neatms-dist` and gives back the most memory it had, in megabytes, and how it ended.
  func peak(_ arguments: [String]) throws -> (megabytes: Int, result: RunResult) {
    let program = try RunningProgram(builtProduct("neatms-dist"), arguments)
    // The high-water mark of /proc, looked at until the end: rusage would count this process's too.
    var peak = 0
    while program.isRunning {
      let status = try? String(
        contentsOfFile: "/proc/\(program.processIdentifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      if let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first {
        peak = Int(kilobytes) ?? peak
      }
      usleep(1000)
    }
    return (peak / 1000, try program.wait())
  }

  /// Another way to write the same large spectra.
  struct Spelling: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var hasThirdArray = false
    var hasChromatograms = false
    var start = "<spectrum "
    /// The most bytes a point that reading may take.
    var limit = 40
  }

  /// Of three arrays' text all are in memory before it is clear that one is not needed.
  static let spellings = [
    Spelling(testDescription: "plain"),
    Spelling(testDescription: "a newline in the tag", start: "<spectrum\n"),
    Spelling(testDescription: "chromatograms as large between them", hasChromatograms: true),
    Spelling(testDescription: "a third array", hasThirdArray: true, limit: 46),
  ]

  /// As of the largest transients: 4 million points took 240 MB once.
  @Test("A spectrum of millions of points takes 33 bytes a point", arguments: spellings)
  func large(_ spelling: Spelling) throws {
    let folder = try TestTools.TemporaryFolder()
    let count = 1_500_000
    let numbers = T.base64((0..<count).map { Double($0 % 1001) })
    let other = T.array(T.double + T.plain, text: numbers)
    let arrays =
      T.array(
        T.mz + T.double + T.plain, text: T.base64((0..<count).map { 100 + Double($0) * 1e-3 }))
      + T.array(T.intensity + T.double + T.plain, text: numbers)
      + (spelling.hasThirdArray ? other : "")
    let spectra = (1...3).map {
      T.spectrum(count: "\(count)", scan: T.time("\($0)"), arrays: arrays)
        .replacing("<spectrum ", with: spelling.start)
        + (spelling.hasChromatograms ? "<chromatogram>\(other)</chromatogram>" : "")
    }
    try T.document(spectra.joined()).write(
      toFile: folder.file("large.mzML"), atomically: false, encoding: .utf8)
    try write(megabytes: 1, to: folder.file("small.mzML"))
    let small = try peak(["inspect", folder.file("small.mzML")])
    let large = try peak(["inspect", folder.file("large.mzML")])
    let bytes = (large.megabytes - small.megabytes) * 1_000_000 / count
    print("inspect: \(count) points, \(spelling.testDescription): \(bytes) bytes a point")
    #expect(large.result.status == 0)
    #expect(large.result.stdout.contains("\(3 * count)"))
    #expect(bytes > 10 && bytes < spelling.limit)
  }

  @Test("60 MB take as much as 6 MB") func bounded() throws {
    let folder = try TestTools.TemporaryFolder()
    try write(megabytes: 6, to: folder.file("small.mzML"))
    try write(megabytes: 60, to: folder.file("large.mzML"))
    let small = try peak(["inspect", folder.file("small.mzML")])
    let large = try peak(["inspect", folder.file("large.mzML")])
    print("inspect: 6 MB took \(small.megabytes) MB, 60 MB took \(large.megabytes) MB")
    #expect(small.result.status == 0 && large.result.status == 0)
    #expect(large.megabytes < small.megabytes + 10)
    #expect(small.megabytes > 5 && large.megabytes < 100)
  }
}
