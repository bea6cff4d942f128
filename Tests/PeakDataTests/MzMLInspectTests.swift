import Foundation
import Support
import TestTools
import Testing

private typealias T = MzMLText

@Suite("neatms-dist inspect")
struct MzMLInspectTests {
  /// Runs it and gives back the cells of its lines.
  func inspect(_ files: [String]) throws -> (rows: [[String]], result: RunResult) {
    let result = try run(builtProduct("neatms-dist"), ["inspect"] + files)
    let rows = result.stdout.split(separator: "\n").map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    return (rows, result)
  }

  @Test("A line a file; a bad one is told, with what was read of it, and the exit code is 65")
  func table() throws {
    let folder = try TestTools.TemporaryFolder()
    let text = T.document(
      T.spectrum(scan: T.time("2")) + T.spectrum(id: "last", scan: T.time("30", T.second))
        + T.spectrum(params: T.level2))
    let parts = ["whole": text, "cut": String(text.dropLast(80)), "foreign": "<mzXML/>"]
    for (name, text) in parts {
      try Data(text.utf8).write(to: URL(filePath: folder.file(name)))
    }
    let (rows, result) = try inspect(
      ["whole", "cut", "foreign", "missing"].map { folder.file($0) })
    let header = [
      "file", "ms1_spectra", "points", "sum_mz", "sum_intensity", "first_minute", "last_minute",
      "other_spectra", "note",
    ]
    let empty = ["0", "0", "0.0", "0.0", "", "", ""]
    let found = ["2", "6", "1200.0", "14.0", "0.5", "2.0"]
    let expected = [
      header,
      [folder.file("whole")] + found + ["1", ""],
      [folder.file("cut")] + found
        + ["", "is cut short: found last as the last whole spectrum"],
      [folder.file("foreign")] + empty + [
        "is not an mzML file: expected mzML or indexed mzML, plain or gzip, found mzXML"
      ],
      [folder.file("missing")] + empty + ["cannot be opened: found No such file or directory"],
    ]
    #expect(rows == expected)
    #expect(result.status == 65)
    #expect(result.stderr.contains("\(folder.file("cut")): is cut short"))
    #expect(result.stderr.contains("msconvert"))
  }

  @Test("Only a missing file is 66; no file at all is 64") func codes() throws {
    let folder = try TestTools.TemporaryFolder()
    #expect(try inspect([folder.file("none.mzML")]).result.status == 66)
    #expect(try inspect([]).result.status == 64)
  }
}
