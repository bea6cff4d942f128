import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

/// The CSV reader, through the tables that are read with it.
@Suite struct CSVReaderTests {
  static let plain = "sample,label,feature_id\na.mzML,Good,F1\nb.mzML,Bad,F2\n"

  /// Spellings of one and the same file.
  @Test(arguments: [
    plain,
    "\u{FEFF}" + plain,
    plain.replacing("\n", with: "\r\n"),
    plain.replacing("\n", with: "\r"),
    String(plain.dropLast()),
    "\n\n" + plain.replacing("\n", with: "\n\n") + "  \n",
    plain.replacing("\n", with: ",\n"),
    plain.replacing("F1", with: "F1,,").replacing("F2", with: "F2,"),
    plain.replacing("feature_id\n", with: "feature_id,,\n"),
    "\"sample\",\"label\",\"feature_id\"\n\"a.mzML\",\"Good\",\"F1\"\n\"b.mzML\",\"Bad\",\"F2\"\n",
    "sample , label,\tfeature_id\n a.mzML ,Good, F1\nb.mzML,\"Bad \",F2\n,,\n",
  ])
  func theSameInOtherSpellings(_ text: String) throws {
    let table = try TableFolder().labels(text)
    #expect(table.entries.map(\.sample) == ["a.mzML", "b.mzML"])
    #expect(table.entries.map(\.label) == ["Good", "Bad"])
    #expect(table.entries.map(\.featureID) == ["F1", "F2"])
  }

  @Test func quotedCellsHoldAnything() throws {
    let table = try TableFolder().labels(
      "sample,label,feature_id\n\"a, \"\"b\"\"\r\nc\",\"é,\",\"\"\"\"\nx,y,z\n")
    #expect(table.entries[0].sample == "a, \"b\"\r\nc")
    #expect(table.entries[0].label == "é,")
    #expect(table.entries[0].featureID == "\"")
    #expect(table.entries.map(\.line) == [2, 4])
  }

  /// Rows longer than the buffer, and rows that begin at its end.
  @Test func rowsOfAnyLength() throws {
    let long = String(repeating: "x", count: 3_000_000)
    let filler = (0..<40_000).map { "s\($0).mzML,Good,\"F,\($0)\"\n" }.joined()
    let table = try TableFolder().labels(
      "sample,label,feature_id\n" + filler + "\(long),Good,F\n" + filler)
    #expect(table.entries.count == 80_001)
    #expect(table.entries[40_000].sample == long)
    #expect(table.entries[40_001].line == 40_003)
    #expect(table.entries[80_000].featureID == "F,39999")
    let ids = table.entries.prefix(40_000).map(\.featureID)
    #expect(ids == (0..<40_000).map { "F,\($0)" })
  }

  @Test(arguments: [
    ("", "is empty", ""),
    ("\n \n", "is empty", ""),
    ("sample;label;feature_id\na;G;F\n", "separated by semicolons", "commas"),
    ("sample\tlabel\tfeature_id\n", "separated by tabs", "commas"),
    ("\"sample\";\"label\";\"mz\"\n\"a\";\"G\";1,5\n", "separated by semicolons", "commas"),
    ("\"sample\"\t\"label\"\n", "separated by tabs", "commas"),
    ("\"sample\" \"label\"\n", "separated by spaces", "commas"),
    ("\"sample\"  ; \"label\"\n", "separated by semicolons", "commas"),
    ("sample;\"label\"\n", "separated by semicolons", "commas"),
    ("\n\"m, z\";label\n", "separated by semicolons", "commas"),
    ("sample, \"label\"\n", "a quote stands where none may be", "line 1, cell 2"),
    ("\"sample\" ,label\n", "a quote stands where none may be", "line 1, cell 1"),
    ("sample,label,feature_id\n\"a\";G,F\n", "a quote stands where none may be", "line 2, cell 1"),
    ("sample,label,feature_id\na,G\n", "another width", "line 2: the row has"),
    ("sample,label,feature_id\na,G,F\nb,G,F,x\n", "another width", "line 3"),
    ("sample,label,feature_id\n1,a,G,F\n", "another width", "R's write.table"),
    ("sample,label,feature_id\na,G,\"F\n", "never closed", "line 2"),
    ("sample,label,feature_id\na,G,F\"1\n", "a quote stands where none may be", "line 2, cell 3"),
    ("sample,label,feature_id\n\"a\"b,G,F\n", "a quote stands where none may be", "line 2, cell 1"),
    ("sample,label,feature_id\n\na\u{0},G,\"F\n", "not plain text", "UTF-8"),
  ])
  func malformedFilesAreRefused(_ text: String, _ what: String, _ place: String) throws {
    let folder = try TableFolder()
    let failure = try failure { try folder.labels(text) }
    #expect(failure.code == .badData)
    #expect(failure.description.contains(what), "\(failure)")
    #expect(place.isEmpty || failure.description.contains(place), "\(failure)")
  }

  @Test func otherEncodingsAreRefused() throws {
    let folder = try TableFolder()
    let wide = Array(Self.plain.utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let marked = try failure {
      try LabelTable.read(try folder.write("w.csv", [0xFF, 0xFE] + wide))
    }
    #expect(marked.description.contains("It is UTF-16"))
    let unmarked = try failure { try LabelTable.read(try folder.write("v.csv", wide)) }
    #expect(unmarked.description.contains("not plain text"))
    let latin = Array(Self.plain.utf8) + [0xE9, 0x2C, 0x47, 0x2C, 0x46]
    let bad = try failure { try LabelTable.read(try folder.write("l.csv", latin)) }
    #expect(bad.description.contains("line 4, column \"sample\": is not UTF-8"))
  }

  @Test func whatIsNoFileIsSaid() throws {
    let folder = try TableFolder()
    let missing = try failure { try LabelTable.read(folder.folder.path("none.csv")) }
    #expect(missing.code == .missingInput)
    let directory = try failure { try LabelTable.read(folder.folder.url.path) }
    #expect(directory.code == .missingInput && directory.description.contains("is a folder"))
  }

  /// An unclosed quote at the start of a large file: refused before the file is in memory.
  @Test func anEndlessCellIsRefused() throws {
    let folder = try TableFolder()
    var bytes = Array("sample,label,feature_id\n\"".utf8)
    bytes += [UInt8](repeating: 0x61, count: 20 << 20)
    let path = try folder.write("endless.csv", bytes)
    let failure = try failure { try LabelTable.read(path) }
    #expect(failure.description.contains("line 2: a row is longer than 16 MB"))
  }

  /// What a file of commas would cost is refused at its hundred thousandth.
  @Test func aHeaderHasAtMostAHundredThousandColumns() throws {
    let folder = try TableFolder()
    let widest = "sample,label,feature_id" + String(repeating: ",", count: 99_997)
    #expect(try folder.labels(widest + "\na,G,F\n").entries.count == 1)
    let refused = [
      (widest + ",\na,G,F\n", "line 1: has too many columns: expected at most 100000"),
      (String(repeating: ",", count: 15 << 20) + "\n", "line 1: has too many columns"),
      (widest + "\na,G,F\n" + String(repeating: ",", count: 200_000), "line 3: has too many"),
    ]
    for (text, says) in refused {
      let failure = try failure { try folder.labels(text) }
      #expect(failure.code == .badData && failure.description.contains(says), "\(failure)")
    }
  }

  /// Files that Python's csv module wrote, in every dialect of RFC 4180.
  @Test(.enabled(if: Python.isWanted, "\(Python.skipReason)"))
  func filesOfPythonsWriter() throws {
    let folder = try TableFolder()
    let printed = try Python.run(.keras2, code: Self.writer, [folder.folder.url.path])
    let expected = printed.split(separator: "\n").map(String.init)
    #expect(expected.count == 200)
    for (number, line) in expected.enumerated() {
      let table = try LabelTable.read(folder.folder.path("\(number).csv"))
      let read = table.entries.flatMap { [$0.sample, $0.label, $0.featureID ?? ""] }
      let hex = read.map { text in
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      }
      #expect(hex.joined(separator: " ") == line, "file \(number)")
    }
  }

  private static let writer = """
    import csv, random, sys
    random.seed(7)
    alphabet = list('abcXYZ019.,";\\n\\r') + ["é", "漢", '""', "\\r\\n"]
    def cell():
        return "x" + "".join(random.choice(alphabet) for _ in range(random.randrange(12))) + "x"
    for number in range(200):
        with open(f"{sys.argv[1]}/{number}.csv", "w", newline="", encoding="utf-8") as f:
            ending = random.choice(["\\n", "\\r\\n", "\\r"])
            # With another ending it would leave line breaks of the other kind unquoted.
            quoting = random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
            if ending != "\\r\\n": quoting = csv.QUOTE_ALL
            out = csv.writer(f, quoting=quoting, lineterminator=ending)
            out.writerow(["sample", "label", "feature_id"])
            rows = [[cell(), cell(), cell()] for _ in range(random.randrange(1, 9))]
            out.writerows(rows)
        print(*(c.encode().hex() for row in rows for c in row))
    """
}
