import Foundation
import PythonTesting
import Support
import TestTools
import Testing

/// A `batches.h5` that nobody vouches for: `scripts/python/hostile-batches.py` makes some.
@Suite("Hostile batches files", .enabled(if: Python.isWanted, "\(Python.skipReason)"))
struct HostileBatchesTests {
  private static let reasons = [
    "soft-link.h5": "train/x: is a link, and links are not followed",
    "external-link.h5": "train/x: is a link, and links are not followed",
    "external-storage.h5": "train/x: keeps its data in another file",
    "virtual.h5": "train/x: keeps its data in another file",
    "plugin.h5": "train/x: is packed by a filter that is not used here",
    "compound.h5": "train/x: has a type that is not used here",
    "references.h5": "train/y: has the wrong type: expected integers",
    "endless.h5": "says that it holds more than is in the file",
    "sparse.h5": "says that it holds more than is in the file",
    "nan-margin.h5": "attribute margin: the margin makes no sense",
    "negative-scans.h5": "attribute min_scan_num: the minimum number of scans makes no sense",
    "class-escape.h5": "a class has a name with characters that cannot be shown: found A?[2J",
    "nan.h5": "train/x, row 0, intensity, point 0: a value is not finite",
  ]

  @Test func everyKindIsRefusedWithItsReason() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("good.h5"), peaks: 60, matrixSize: 16)
    let printed = try Python.run(
      .keras2, script: "hostile-batches.py", [folder.file("good.h5"), folder.path])
    #expect(Set(printed.split(separator: "\n").map(String.init)) == Set(Self.reasons.keys))
    let model = try Train("--data", "good.h5", "--epochs", "1").run(in: folder)
    #expect(model.status == 0, "\(model.stderr)")
    for (name, reason) in Self.reasons {
      let trained = try Train("--data", name, "--out", "run").run(in: folder)
      let evaluated = try run(
        builtProduct("neatms-evaluate"), ["neatms-run/best.h5", "--data", name],
        directory: folder.path)
      for result in [trained, evaluated] {
        #expect(result.status == Failure.Code.badData.rawValue, "\(name): \(result.stderr)")
        #expect(result.stderr.contains("\(name), "), "\(result.stderr)")
        #expect(result.stderr.contains(reason), "\(name): \(result.stderr)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }
}
