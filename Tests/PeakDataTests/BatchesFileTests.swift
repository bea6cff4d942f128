import Foundation
import HDF5
import PeakData
import PythonTesting
import Support
import Testing

@Suite("batches.h5 written and read here")
struct BatchesFileTests {
  static let header = BatchesHeader(
    matrixSize: 6, margin: 1.5, minScanNum: 5, classes: ["High_quality", "Low_quality", "Noise"],
    seed: .max, validationSplit: 0.1, source: "Messung µ")

  /// A source in memory: peak i of a split holds i, i + 0.5, i + 1, …
  struct Memory: BatchSource {
    var header = BatchesFileTests.header
    var place = "memory"
    var counts: [Split: Int] = [.train: 2500, .test: 3, .validation: 0]
    func count(_ split: Split) -> Int { counts[split] ?? 0 }
    func readMatrices(_ split: Split, _ range: Range<Int>, into: UnsafeMutablePointer<Float>) {
      for (n, row) in range.enumerated() {
        for k in 0..<12 { into[n * 12 + k] = Float(row) + Float(k) / 2 }
      }
    }
    func readLabels(_ split: Split) -> [Int32] { (0..<count(split)).map { Int32($0 % 3) } }
    func readIDs(_ split: Split) -> [String] { (0..<count(split)).map { "peak \($0) α" } }
  }

  @Test("Everything comes back, matrices in any ranges")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let source = Memory()
    let columns = PeakColumns(
      sample: ["a.mzML", "a.mzML", "b.mzML"], mz: [100.5, 200.25, 300], rt: [1, 2, 3.5],
      featureID: ["F1", "7", ""], row: [1, 2, 9_000_000_000])
    try BatchesWriter.write(source, to: folder.path("b.h5")) { $0 == .test ? columns : nil }
    let file = try BatchesFile(path: folder.path("b.h5"))
    #expect(file.header == source.header)
    for split in Split.allCases {
      #expect(file.count(split) == source.count(split))
      #expect(try file.readLabels(split) == source.readLabels(split))
      #expect(try file.readIDs(split) == source.readIDs(split))
    }
    #expect(try file.readColumns(.test) == columns)
    #expect(try file.readColumns(.train) == PeakColumns())
    var (ours, theirs) = (
      [Float](repeating: -1, count: 12 * 1100), [Float](repeating: -2, count: 12 * 1100)
    )
    for range in [0..<1, 1000..<2100, 2499..<2500, 7..<7] {
      source.readMatrices(.train, range, into: &theirs)
      try file.readMatrices(.train, range, into: &ours)
      #expect(ours.prefix(range.count * 12) == theirs.prefix(range.count * 12))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["b.h5"])
  }

  @Test("Strings of about one length take no more than that, and a long one costs no others")
  func strings() throws {
    let folder = try TemporaryFolder()
    let alike = (0..<10_000).map { $0 % 7 == 0 ? "" : "peak \($0) α " }
    var one = alike
    one[17] = String(repeating: "long", count: 10_000)
    let kinds: [(name: String, strings: [String], limit: Int)] = [
      ("alike", alike, 200_000), ("one", one, 600_000), ("empty", ["", ""], 10_000),
      ("none", [], 5000),
    ]
    for (name, strings, limit) in kinds {
      let path = folder.path("\(name).h5")
      try H5File.createInPlace(path) { try $0.write("id", strings) }
      let file = try H5File(reading: path)
      #expect(try file.root.dataset("id").strings() == strings, "\(name)")
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
      #expect((size ?? .max) < limit, "\(name): \(size ?? 0) bytes")
      let code = """
        import sys, h5py
        print(repr(list(h5py.File(sys.argv[1])["id"].asstr()[:])))
        """
      guard Python.isWanted else { continue }
      let expected = "[\(strings.map { "'\($0)'" }.joined(separator: ", "))]\n"
      #expect(try Python.run(.keras2, code: code, [path]) == expected, "\(name)")
    }
  }

  @Test("Writing to the disk while more is made changes no byte, of a file or one in memory")
  func writeBack() throws {
    let folder = try TemporaryFolder()
    func fill(_ root: borrowing H5Group, early: Bool) throws {
      let group = try root.createGroup("train")
      try group.write("x", (0..<100_000).map(Float.init))
      if early { group.startWriteBack() }
      try group.write("id", ["a", "b"])
      if early { root.startWriteBack() }
    }
    try H5File.createInPlace(folder.path("a.h5")) { try fill($0, early: false) }
    try H5File.createInPlace(folder.path("b.h5")) { try fill($0, early: true) }
    let plain = try Data(contentsOf: URL(filePath: folder.path("a.h5")))
    #expect(try Data(contentsOf: URL(filePath: folder.path("b.h5"))) == plain)
    #expect(
      try H5File.image(for: "a") { try fill($0, early: true) }
        == H5File.image(for: "a") { try fill($0, early: false) })
  }

  @Test("What cannot be created says why, and leaves nothing behind")
  func cannotCreate() throws {
    let folder = try TemporaryFolder()
    let missing = failure { try BatchesWriter.write(Memory(), to: folder.path("no/b.h5")) }
    #expect(missing?.code == .cannotCreate && missing?.place == folder.path("no/b.h5"))
    var source = Memory()
    source.header.classes = ["Noise", "Noise"]
    let twice = failure { try BatchesWriter.write(source, to: folder.path("b.h5")) }
    #expect(twice?.code == .badData && twice?.what == "a class is listed twice")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
  }

  @Test("Memory does not grow with the file", .timeLimit(.minutes(1)))
  func constantMemory() throws {
    let folder = try TemporaryFolder()
    var source = Memory()
    source.counts[.train] = 1_000_000
    try BatchesWriter.write(source, to: folder.path("b.h5"))
    let file = try BatchesFile(path: folder.path("b.h5"))
    let before = try residentKilobytes()
    var block = [Float](repeating: 0, count: 12 * 10_000)
    var last: Float = 0
    for start in stride(from: 0, to: 1_000_000, by: 10_000) {
      try file.readMatrices(.train, start..<(start + 10_000), into: &block)
      last = block[12 * 9_999]
    }
    #expect(last == 999_999)
    #expect(try residentKilobytes() - before < 20_000, "48 MB were read")
  }

  private func residentKilobytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(whereSeparator: { " \t".contains($0) })[1]))
  }
}

/// What `body` throws, if it is a `Failure`.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch {
    return error as? Failure
  }
}
