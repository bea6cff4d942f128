import PeakData
import Support
import TestTools
import Testing

/// Tables that cannot be read, and rules that no real table shows.
@Suite struct TableErrorTests {
  static let xcms =
    "mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample,sample_name,feature_id\n"
  static let peakonly = "mz,mzmin,mzmax,rtmin,rtmax,intensity\n"
  static let properties = [
    "Peak m/z", "Peak RT", "Peak RT start", "Peak RT end", "Peak m/z min", "Peak m/z max",
    "Peak height", "Peak area",
  ]

  static func mzmine(_ samples: String...) -> String {
    let columns = samples.flatMap { name in properties.map { "\(name) \($0)" } }
    return "row m/z,row retention time," + columns.joined(separator: ",") + "\n"
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var format: FeatureTableFormat
    var text: String
    var says: [String]
    init(_ format: FeatureTableFormat, _ text: String, _ says: String...) {
      (self.format, self.text, self.says) = (format, text, says)
    }
    var testDescription: String { says.joined(separator: " ") }
  }

  static let cases: [Case] = [
    Case(.mzmine, xcms, "\"row m/z\", \"row retention time\"", "--format xcms"),
    Case(.peakonly, xcms, "\"intensity\"", "--format xcms"),
    Case(.xcms, peakonly, "\"sample_name\"", "--format peakonly"),
    Case(.xcms, mzmine("a.mzML"), "columns are missing", "--format mzmine"),
    Case(
      .xcms, xcms.replacing("into", with: "x").replacing("rtmin", with: "y"), "\"rtmin\", \"into\""),
    Case(
      .mzmine, "id,mz,datafile:a.mzML:mz\n", "columns are missing", "MZmine 3", "legacy MZmine 2"),
    Case(.mzmine, "row m/z,row retention time,x\n1,2,3\n", "SAMPLE Peak m/z"),
    Case(.mzmine, mzmine("a.mzML", "a.mzML"), "\"a.mzML Peak m/z\" stands there more than once"),
    Case(
      .mzmine, mzmine("a.mzML").replacing("Peak RT start", with: "Peak status"),
      "columns are missing",
      "\"a.mzML Peak RT start\""),
    Case(
      .mzmine, mzmine("a.mzML", "b.mzML").replacing("b.mzML Peak m/z,", with: "other,"),
      "columns are missing", "\"b.mzML Peak m/z\""),
    Case(
      .mzmine, mzmine("a.mzML") + "1,2,3,4,5,6,7,8,9,10\n1,2,3,4,x,6,7,8,9,10\n",
      "line 3, column \"a.mzML Peak RT start\": is not a number", "found \"x\""),
    Case(.xcms, xcms + "1,2,3,\"4,5\",5,6,7,8,1,a,F\n", "\"rtmax\"", "written with a point"),
    Case(.xcms, xcms + "1,2,3,4,5,6,7,1e999,1,a,F\n", "\"into\": is not a number"),
    Case(
      .xcms, xcms + "1,2,3,4,5,6,7,8,1,,F\n", "line 2, column \"sample_name\": the cell is empty"),
    Case(.xcms, xcms + "1,2,3,4,5,6,7,8,,a,F\n", "line 2, column \"sample\": the cell is empty"),
    Case(
      .xcms, xcms + "1,2,3,4,5,6,7,8,1,a,F\n1,2,3,4,5,6,7,8,1,b,F\n", "line 3, column \"sample\"",
      "one sample number has two names", "expected a for 1", "found b"),
    Case(.xcms, xcms.replacing("\n", with: ",mz\n"), "\"mz\" stands there more than once", "1, 12"),
    Case(.xcms, xcms + "1,2,3\n", "line 2", "expected 11 cells", "found 3"),
    Case(.peakonly, peakonly + "1,2,3,4,five,6\n", "column \"rtmax\": is not a number", "\"five\""),
  ]

  @Test(arguments: cases)
  func whatIsWrongIsSaid(_ example: Case) throws {
    let folder = try TableFolder()
    let failure = try failure { try folder.table(example.text, example.format) }
    #expect(failure.code == .badData)
    for text in example.says { #expect(failure.description.contains(text), "\(failure)") }
  }

  @Test func foldersAreReadInOrderOfName() throws {
    let folder = try TableFolder()
    try folder.write("t/b.CSV", Self.mzmine("b.mzML") + "1,2,3,4,5,6,7,8,9,10\n")
    try folder.write("t/a.csv", Self.mzmine("a.mzML") + "1,2,3,4,5,6,7,8,9,10\n")
    try folder.write("t/.hidden.csv", "x")
    try folder.write("t/notes.txt", "x")
    let path = folder.folder.path("t")
    let table = try FeatureTable.read(path, format: .mzmine)
    #expect(table.files == [path + "/a.csv", path + "/b.CSV"])
    #expect(table.samples == ["a.mzML", "b.mzML"])
    #expect(table.peaks.map(\.file) == [0, 1] && table.peaks.map(\.feature) == [0, 1])
    try folder.write("t/c.csv", Self.mzmine("a.mzML"))
    let twice = try failure { try FeatureTable.read(path, format: .mzmine) }
    #expect(twice.description.contains("the sample a.mzML stands in two tables"))
  }

  /// Two tables of the same raw file, the one named with its suffix.
  @Test func twoPeakonlyTablesOfASampleAreRefused() throws {
    let folder = try TableFolder()
    let row = Self.peakonly + "1,2,3,4,5,6\n"
    try folder.write("p/a.mzML.csv", row)
    let path = folder.folder.path("p")
    #expect(try FeatureTable.read(path, format: .peakonly).samples == ["a.mzML"])
    try folder.write("p/a.csv", row)
    let twice = try failure { try FeatureTable.read(path, format: .peakonly) }
    #expect(twice.description.contains("a second table of the sample a.mzML"), "\(twice)")
  }

  /// pandas' words for nothing, with spaces around them.
  @Test func spacesAroundAMissingNumberDoNotCount() throws {
    let folder = try TableFolder()
    let table = try folder.table(Self.xcms + "1,2,3, NA ,5,6,7,\t,1,a,F\n", .xcms)
    #expect(table.peaks[0].rtEnd.isNaN && table.peaks[0].area.isNaN)
  }

  @Test func missingTablesAreSaid() throws {
    let folder = try TableFolder()
    try folder.write("empty/readme.txt", "x")
    let none = try failure {
      try FeatureTable.read(folder.folder.path("none.csv"), format: .mzmine)
    }
    #expect(none.code == .missingInput)
    let empty = try failure {
      try FeatureTable.read(folder.folder.path("empty"), format: .peakonly)
    }
    #expect(empty.code == .missingInput && empty.description.contains("no feature table"))
    let xcms = try failure { try FeatureTable.read(folder.folder.path("empty"), format: .xcms) }
    #expect(xcms.code == .missingInput && xcms.description.contains("expected one CSV file"))
  }

  @Test(arguments: [
    (FeatureTableFormat.mzmine, mzmine("a.mzML")), (.xcms, xcms), (.peakonly, peakonly),
  ])
  func tablesWithoutARowAreRefused(_ format: FeatureTableFormat, _ header: String) throws {
    let folder = try TableFolder()
    let empty = String(repeating: ",", count: header.split(separator: ",").count - 1)
    for text in [header, header + "\n \n", header + empty + "\n"] {
      let failure = try failure { try folder.table(text, format) }
      #expect(failure.code == .badData)
      #expect(failure.what == "has no row" && failure.place?.contains("/table-") == true)
    }
  }

  /// A sample in which nothing was found has an empty table; an experiment has not.
  @Test func foldersNeedOneTableWithRows() throws {
    let folder = try TableFolder()
    for format in [FeatureTableFormat.mzmine, .peakonly] {
      let path = folder.folder.path(format.rawValue)
      for name in ["a", "b"] {
        let header = format == .mzmine ? Self.mzmine("\(name).mzML") : Self.peakonly
        try folder.write("\(format)/\(name).csv", header)
      }
      let failure = try failure { try FeatureTable.read(path, format: format) }
      #expect(failure.code == .badData && failure.place == path)
      #expect(failure.what == "none of its 2 tables has a row")
      let row = format == .mzmine ? "1,2,3,4,5,6,7,8,9,10\n" : "1,2,3,4,5,6\n"
      let header = format == .mzmine ? Self.mzmine("b.mzML") : Self.peakonly
      try folder.write("\(format)/b.csv", header + row)
      let table = try FeatureTable.read(path, format: format)
      #expect(table.samples == ["a.mzML", "b.mzML"] && table.peaks.map(\.sample) == [1])
    }
  }

  /// Names that break NeatMS, and times of 0, which it loses.
  @Test func mzMineNamesAndZeroTimes() throws {
    let folder = try TableFolder()
    let table = try folder.table(
      Self.mzmine("start min.mzML", "b max Peak m/z.mzML")
        + "1,0,100,0,0,0.5,99,101,0,7,0,0,0,0,0,0,0,0\n", .mzmine)
    #expect(table.samples == ["start min.mzML", "b max Peak m/z.mzML"])
    #expect(table.peaks.count == 1)
    let peak = table.peaks[0]
    #expect(peak.rt == 0 && peak.rtStart == 0 && peak.rtEnd == 0.5)
    #expect(peak.height.isNaN && peak.area == 7)
    #expect(table.featureRT == [0])
  }

  @Test func heightAndAreaMayBeAbsent() throws {
    let header = Self.mzmine("a").replacing(",a Peak height,a Peak area", with: "")
    let table = try TableFolder().table(header + "1,2,3,4,5,6,7,8\n", .mzmine)
    #expect(table.peaks[0].mzMax == 8)
    #expect(table.peaks[0].height.isNaN && table.peaks[0].area.isNaN)
  }

  @Test func peakonlyNamesSamplesLikeItsFiles() throws {
    let folder = try TableFolder()
    try folder.write("p/a.b.csv", Self.peakonly + "1,0.9,1.1,,3,6\n1,0.9,1.1,2,0,6\n5,4,6,1,2,7\n")
    let table = try FeatureTable.read(folder.folder.path("p"), format: .peakonly)
    #expect(table.samples == ["a.b.mzML"])
    #expect(table.peaks.map(\.row) == [1, 3])
    #expect(table.peaks.map(\.feature) == [0, 2])
    #expect(table.peaks.map(\.rt) == [3, 1.5])
    #expect(table.peaks[0].rtStart.isNaN)
    let single = try FeatureTable.read(folder.folder.path("p/a.b.csv"), format: .peakonly)
    #expect(single.peaks.map(\.row) == [1, 3])
  }

  @Test func reversedAndMissingBoundsStayPeaks() throws {
    let table = try TableFolder().table(
      Self.xcms + "1,60,90,30,5,6,7,8,1,a,NA\n1,60,NA,,5,6,7,8,1,a,NaN\n1,60,0,Inf,5,6,7,8,1,a,\n",
      .xcms)
    #expect(table.peaks.map(\.feature) == [0, 1, 2])
    #expect(table.peaks[0].rtStart == 1.5 && table.peaks[0].rtEnd == 0.5)
    #expect(table.peaks[1].rtStart.isNaN && table.peaks[1].rtEnd.isNaN)
    #expect(table.peaks[2].rtEnd == .infinity)
    #expect(table.features.allSatisfy { $0.id == nil })
  }
}
