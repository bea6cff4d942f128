import PeakData
import Support
import TestTools
import Testing

/// Which peak a label is for, and which labels are for none.
@Suite struct LabelJoinTests {
  /// Two samples. FT1: one peak in a, two in b. FT2: one in each. One peak in no feature.
  static let xcms = """
    mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample,sample_name,feature_id
    100.0000,60,54,66,99,101,1,1,1,a.mzML,FT1
    100.0010,60,54,66,99,101,1,1,2,b.mzML,FT1
    100.0020,90,84,96,99,101,1,1,2,b.mzML,FT1
    200.0000,60,54,66,199,201,1,1,1,a.mzML,FT2
    200.0010,60,54,66,199,201,1,1,2,b.mzML,FT2
    200.0030,61,54,66,199,201,1,1,1,a.mzML,NA
    """

  private func join(
    _ labels: String, _ table: String = xcms, _ format: FeatureTableFormat = .xcms,
    tolerance: LabelTolerance = LabelTolerance(), className: (String) -> String? = { $0 }
  ) throws -> (LabelJoin, FeatureTable) {
    let folder = try TableFolder()
    let features = try folder.table(table, format)
    let join = try LabelJoin(
      try folder.labels(labels), features, tolerance: tolerance, className: className)
    return (join, features)
  }

  /// `row label` of what was matched, in order of row.
  private func rows(_ result: (LabelJoin, FeatureTable)) -> [String] {
    #expect(result.0.matched.map(\.peak) == result.0.matched.map(\.peak).sorted())
    return result.0.matched.map { "\(result.1.peaks[$0.peak].row) \($0.label)" }.sorted()
  }

  @Test func byFeatureAndSample() throws {
    let result = try join(
      "sample,label,feature_id\na.mzML,G,FT1\nb,N,FT2\na.MZML,L,FT2\n")
    #expect(rows(result) == ["1 G", "4 L", "5 N"])
    #expect(result.0.problems.isEmpty)
  }

  @Test func severalPeaksOfAFeatureAreToldApartByPositionOnly() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      b,G,FT1,100.002,90
      b,N,FT1,,
      b,N,FT1,100.002,200
      """)
    #expect(rows(result) == ["3 G"])
    #expect(result.0.ambiguous.map(\.line) == [3])
    #expect(result.0.ambiguous[0].text.contains("feature FT1 has 2 peaks in b.mzML"))
    #expect(result.0.unmatched.map(\.line) == [4])
  }

  @Test func whatTheTableLacksIsListed() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      c.mzML,G,FT1,100,60
      a.mzML,G,FT9,100,60
      a.mzML,G,,100,120
      a.mzML,G,,,60
      a.mzML,G,FT1,200,60
      """)
    #expect(result.0.matched.isEmpty)
    #expect(result.0.unmatched.map(\.line) == [2, 3, 4, 5, 6])
    let texts = result.0.unmatched.map(\.text)
    #expect(texts[0].contains("no sample c.mzML"))
    #expect(texts[1].contains("no feature FT9"))
    #expect(
      texts[2].contains("no peak of a.mzML within 0.005 Th and 0.05 min of m/z 100.0, 2.0 min"))
    #expect(texts[3].contains("no feature_id, and no m/z"))
    #expect(
      texts[4].hasSuffix(
        "feature FT1 of a.mzML is at m/z 100.0, 1.0 min; the label says m/z 200.0, 1.0 min"))
  }

  /// The unit of XCMS's times is seconds; two peaks lie within the tolerance, one is the label's.
  @Test func exactNumbersBeatTheTolerance() throws {
    let exact = try join("sample,label,mz,rt\na,G,200.0000,60\na,N,200.003,61\n")
    #expect(rows(exact) == ["4 G", "6 N"])
    let near = try join("sample,label,mz,rt\na,G,200.0015,60.5\nb,N,200.0013,61.5\n")
    #expect(rows(near) == ["5 N"])
    #expect(near.0.ambiguous.map(\.line) == [2])
    #expect(near.0.ambiguous[0].text.contains("could be 2 peaks: row 6"))
    let narrow = try join(
      "sample,label,mz,rt\na,G,200.0010,60.5\n", tolerance: LabelTolerance(mz: 0.0015, rt: 0.05))
    #expect(rows(narrow) == ["4 G"])
  }

  /// 60 stands for one time, 60.6 for none, and 200.00 for two masses.
  @Test func exactIsAsFarAsTheLabelIsWritten() throws {
    let result = try join(
      "sample,label,mz,rt\na,G,200.0,60\na,G,200.00,60.6\na,N,200.003,61\n")
    #expect(rows(result) == ["4 G", "6 N"])
    #expect(result.0.ambiguous.map(\.line) == [3])
  }

  @Test func theSameTwiceIsOneLabelAndDifferentOnesAreNone() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      a,G,FT1,,
      a,G,,100.0000,60
      a,G,FT2,,
      a,N,FT2,,
      """)
    #expect(rows(result) == ["1 G"])
    #expect(result.0.repeated == 1)
    #expect(result.0.conflicting.map(\.line) == [4, 5])
    #expect(result.0.conflicting[0].text.contains("line 4: G: the same peak is N in line 5"))
  }

  @Test func wholeNumbersAreTheSameIdsWithAPoint() throws {
    let table = Self.xcms.replacing("FT", with: "")
    let result = try join("sample,label,feature_id\na,G,1.0\na,N,2\n", table)
    #expect(rows(result) == ["1 G", "4 N"])
  }

  static let mzmine = """
    row ID,row m/z,row retention time,a Peak m/z,a Peak RT,a Peak RT start,a Peak RT end,\
    a Peak m/z min,a Peak m/z max,b Peak m/z,b Peak RT,b Peak RT start,b Peak RT end,\
    b Peak m/z min,b Peak m/z max
    7,100.5,1.5,100,1,0.9,1.1,99,101,101,2,1.9,2.1,99,101
    8,100.51,1.6,300,5,0.9,1.1,99,101,0,0,0,0,0,0
    """

  /// mzMine: minutes; the row's own m/z and time are as good as the peak's.
  @Test func idsThatAreAllNumbersCountAsNumbers() throws {
    let labels = "sample,label,feature_id\na,G,100000\na,L,2\na,N,17\n"
    func table(_ ids: [String]) -> String {
      let rows = ids.enumerated().map { "\(100 * ($0 + 1)),60,54,66,99,901,1,1,a.mzML,\($1)" }
      return "mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample_name,feature_id\n"
        + rows.joined(separator: "\n")
    }
    #expect(rows(try join(labels, table(["1e+05", "002", "17.0"]))) == ["1 G", "2 L", "3 N"])
    // Where one is none, all are texts.
    #expect(rows(try join(labels, table(["1e+05", "002", "17.0", "X"]))) == ["3 N"])
    // A double holds neither of these two.
    let large = ["9007199254740993", "9007199254740992"]
    let found = try join(
      "sample,label,feature_id\na,G,\(large[0])\na,N,\(large[1])\n", table(large))
    #expect(rows(found) == ["1 G", "2 N"])
    #expect(Set(found.1.features.map(\.id)) == Set(large))
  }

  @Test func mzMinesRowsAndPeaks() throws {
    let result = try join(
      "sample,label,mz,rt\na,G,100,1\nb,N,100.5,1.5\na,L,100.51,1.6\n", Self.mzmine, .mzmine)
    #expect(rows(result) == ["1 G", "1 N", "2 L"])
    #expect(result.0.problems.isEmpty)
    let byID = try join("sample,label,feature_id\nb,G,7\nb,N,8\n", Self.mzmine, .mzmine)
    #expect(rows(byID) == ["1 G"])
    #expect(byID.0.unmatched.map(\.line) == [3])
  }

  /// NeatMS's export is in minutes whatever the table's unit, and its `feature ID` is no id of the
  /// table.
  @Test func neatMSsColumns() throws {
    let peak = try join(
      ",feature ID,sample,peak_mz,peak_rt,label\n0,17,a,200.003,1.0166666666666666,G\n")
    #expect(rows(peak) == ["6 G"])
    let feature = try join(
      ",feature ID,sample,m/z,retention time,label\n0,17,b,100.001,1,G\n1,3,b,200.001,1.0,N\n")
    #expect(rows(feature) == ["5 N"])
    #expect(feature.0.ambiguous.map(\.line) == [2])
  }

  @Test func idsAloneNeedATableWithIds() throws {
    let folder = try TableFolder()
    let table = try folder.table(
      "mz,rt,rtmin,rtmax,mzmin,mzmax,maxo,into,sample_name\n1,2,3,4,5,6,7,8,a.mzML\n", .xcms)
    let labels = try folder.labels("sample,label,feature_id\na,G,FT1\n")
    let failure = try failure { try LabelJoin(labels, table, tolerance: LabelTolerance()) }
    #expect(failure.code == .badData)
    #expect(failure.description.contains("need a feature table with ids"))
  }

  @Test func samplesThatDifferInTheirSuffixOnlyAreAmbiguous() throws {
    let table = Self.xcms.replacing("b.mzML", with: "a.raw")
    let result = try join("sample,label,feature_id\na,G,FT2\na.raw,N,FT2\n", table)
    #expect(rows(result) == ["5 N"])
    #expect(result.0.ambiguous[0].text.contains("the sample a could be a.mzML, a.raw"))
  }

  /// What takes no part contradicts nothing and is not listed; what is merged agrees.
  @Test func contradictionsAreJudgedByClass() throws {
    let labels = """
      sample,label,feature_id
      a,G,FT1
      a,skip,FT1
      a,G,FT2
      a,H,FT2
      b,N,FT2
      b,H,FT2
      c,skip,FT9
      """
    let plain = try join(labels)
    #expect(plain.0.matched.isEmpty && plain.0.excluded == 0)
    let result = try join(labels) { $0 == "skip" ? nil : $0 == "H" ? "G" : $0 }
    #expect(rows(result) == ["1 G", "4 G"])
    #expect(result.0.excluded == 2 && result.0.repeated == 1)
    #expect(result.0.conflicting.map(\.line) == [6, 7])
    #expect(result.0.conflicting[0].text.hasSuffix("N: the same peak is H in line 7"))
    #expect(result.0.problems.count == 2)
  }

  /// Each label shows the first three that say otherwise; the time is that of reading them.
  @Test func manyContradictionsAreListedInSeconds() throws {
    let words = ["G", "N"] + (0..<29_998).map { $0 % 2 == 0 ? "G" : "L\($0)" }
    let lines = words.map { "a,\($0),FT1\n" }.joined()
    let start = ContinuousClock.now
    let result = try join("sample,label,feature_id\n" + lines).0
    #expect(start.duration(to: .now) < .seconds(10))
    #expect(result.matched.isEmpty && result.conflicting.count == 30_000)
    let texts = result.conflicting.map(\.text)
    #expect(texts[0].hasSuffix("the same peak is N in line 3, L1 in line 5, L3 in line 7, …"))
    #expect(texts[1].hasSuffix("the same peak is G in line 2, G in line 4, L1 in line 5, …"))
    #expect(texts[3].hasSuffix("the same peak is G in line 2, N in line 3, G in line 4, …"))
  }
}
