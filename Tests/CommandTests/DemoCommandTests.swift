import Foundation
import PeakData
import Support
import TestTools
import Testing

@Suite("neatms-dist demo")
struct DemoCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func demo(_ arguments: String...) throws -> RunResult {
    try run(builtProduct("neatms-dist"), ["demo"] + arguments, directory: folder.path)
  }

  @Test("The file holds what the embedded set gives")
  func writes() throws {
    let result = try demo("--out", "d.h5", "--peaks", "90", "--seed", "5", "--matrix-size", "24")
    #expect(result.status == 0 && result.stdout.isEmpty && result.stderr.contains("90 simulated"))
    let set = DemoSet(seed: 5, peaks: 90, matrixSize: 24)
    let file = try BatchesFile(path: folder.file("d.h5"))
    #expect(file.header == set.header)
    for split in Split.allCases {
      let count = set.count(split)
      #expect(file.count(split) == count)
      #expect(try file.readLabels(split) == set.readLabels(split))
      #expect(try file.readIDs(split) == set.readIDs(split))
      let (a, b) = (AlignedBuffer(count: count * 48), AlignedBuffer(count: count * 48))
      try set.readMatrices(split, 0..<count, into: a.pointer)
      try file.readMatrices(split, 0..<count, into: b.pointer)
      #expect(a.all.elementsEqual(b.all))
    }
  }

  @Test("batches.h5 is the default, and nothing is replaced unasked")
  func overwrite() throws {
    #expect(try demo("--peaks", "50", "--quiet").stderr.isEmpty)
    let path = folder.file("batches.h5")
    let before = try Data(contentsOf: URL(filePath: path))
    let refused = try demo("--peaks", "60")
    #expect(refused.status == Failure.Code.cannotCreate.rawValue)
    #expect(refused.stderr.contains("batches.h5: exists already"))
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    #expect(try demo("--peaks", "60", "--overwrite").status == 0)
    #expect(try BatchesFile(path: path).count(.train) == 48)
  }

  @Test(
    "Numbers that make no sense",
    arguments: [["--peaks", "0"], ["--matrix-size", "2"], ["--peaks", "5000000000"]])
  func usage(_ arguments: [String]) throws {
    let result = try run(
      builtProduct("neatms-dist"), ["demo"] + arguments, directory: folder.path)
    #expect(result.status == Failure.Code.usage.rawValue)
    #expect(result.stderr.contains(arguments[0]))
  }
}
