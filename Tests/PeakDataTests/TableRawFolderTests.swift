import PeakData
import Support
import TestTools
import Testing

@Suite struct TableRawFolderTests {
  private func folder(_ names: String...) throws -> (TableFolder, RawFolder) {
    let folder = try TableFolder()
    for name in names { try folder.write("raw/" + name, "") }
    return (folder, try RawFolder(folder.folder.path("raw")))
  }

  private func names(_ paths: [String]) -> [String] {
    paths.map { String($0.split(separator: "/").last ?? "") }
  }

  @Test func rawFilesInAnyCaseInOrderOfName() throws {
    let (kept, raw) = try folder(
      "b.MZML", "a.mzML.gz", "c.mzml", ".d.mzML", "e.mzXML", "f.txt", "g.mzML/inside")
    #expect(names(raw.files) == ["a.mzML.gz", "b.MZML", "c.mzml"])
    #expect(raw.files[0] == kept.folder.path("raw/a.mzML.gz"))
  }

  @Test func samplesFindTheirFiles() throws {
    let (kept, raw) = try folder("a.mzML", "a.mzML.gz", "b.1.mzML", "c.mzML.gz", "d.mzML")
    _ = kept
    let paths = try raw.paths(
      for: ["a.mzML", "b.1", "c.mzML", "d.raw"], table: "t.csv")
    #expect(names(paths) == ["a.mzML", "b.1.mzML", "c.mzML.gz", "d.mzML"])
  }

  @Test func whatIsMissingOrAmbiguousIsNamed() throws {
    let (kept, raw) = try folder("a.mzML", "a.mzML.gz", "b.mzML")
    _ = kept
    let missing = try failure {
      try raw.paths(for: ["b.mzML", "x.mzML", "b", "y.mzML"].filter { $0 != "b" }, table: "t.csv")
    }
    #expect(missing.code == .missingInput)
    #expect(missing.description.contains("for 2 of 3 samples: x.mzML, y.mzML"))
    let ambiguous = try failure { try raw.paths(for: ["a"], table: "t.csv") }
    #expect(ambiguous.code == .badData)
    #expect(ambiguous.description.contains("found a.mzML, a.mzML.gz"))
    let twice = try failure { try raw.paths(for: ["b", "b.mzML"], table: "t.csv") }
    #expect(twice.description.contains("the samples b and b.mzML have the same raw file"))
  }

  /// Also of samples whose peaks nobody asked for; these may lack a file.
  @Test func samplesShareNoFile() throws {
    let (kept, raw) = try folder("a.mzML", "b.mzML")
    _ = kept
    try raw.checkApart(["a", "b.mzML", "x.mzML"], table: "t.csv")
    let twice = try #require(throws: Failure.self) {
      try raw.checkApart(["a", "b.mzML", "a.mzML"], table: "t.csv")
    }
    #expect(twice.code == .badData)
    #expect(twice.description.contains("the samples a and a.mzML have the same raw file"))
  }

  @Test func foldersWithoutRawFilesAreRefused() throws {
    let folder = try TableFolder()
    let file = try folder.write("raw/a.mzXML", "")
    for path in [folder.folder.path("raw"), folder.folder.path("none"), file] {
      let failure = try failure { try RawFolder(path) }
      #expect(failure.code == .missingInput)
      #expect(failure.place == path)
    }
  }
}
