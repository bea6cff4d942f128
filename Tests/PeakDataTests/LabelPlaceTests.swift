import PeakData
import Support
import TestTools
import Testing

/// Labels whose feature id says one thing, and their m/z or time another.
@Suite struct LabelPlaceTests {
  private func join(
    _ labels: String, _ table: String = LabelJoinTests.xcms, _ format: FeatureTableFormat = .xcms,
    tolerance: LabelTolerance = LabelTolerance()
  ) throws -> LabelJoin {
    let folder = try TableFolder()
    return try LabelJoin(
      try folder.labels(labels), try folder.table(table, format), tolerance: tolerance)
  }

  @Test func theTimeOfAFeatureIdMustAgree() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      a,G,FT1,100.004,62
      a,N,FT2,200.0,65
      b,N,FT1,100.001,75
      """)
    #expect(result.matched.map(\.label) == ["G"])
    #expect(result.unmatched.map(\.line) == [3, 4])
    #expect(
      result.unmatched[0].text.hasSuffix(
        "feature FT2 of a.mzML is at m/z 200.0, 1.0 min; the label says m/z 200.0, "
          + "1.0833333333333333 min"))
    #expect(
      result.unmatched[1].text.hasSuffix(
        "feature FT1 of b.mzML is at m/z 100.001, 1.0 min and at m/z 100.002, 1.5 min; "
          + "the label says m/z 100.001, 1.25 min"))
  }

  /// One of m/z and time is checked, too, and tells peaks apart.
  @Test func halfAPositionCounts() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      a,G,FT1,100.1,
      a,G,FT1,,70
      a,N,FT2,,60
      b,L,FT1,,90
      b,G,FT2,200.001,
      """)
    #expect(result.matched.map(\.label) == ["L", "N", "G"])
    #expect(result.unmatched.map(\.line) == [2, 3])
    #expect(result.unmatched[0].text.hasSuffix("m/z 100.0, 1.0 min; the label says m/z 100.1"))
  }

  /// The id's peak is within the tolerance, but another one is exactly what the label says.
  @Test func anotherPeaksExactNumbersContradictTheId() throws {
    let labels = "sample,label,feature_id,mz,rt\na,G,FT2,200.003,61\n"
    let result = try join(labels)
    #expect(result.matched.isEmpty)
    #expect(
      result.unmatched[0].text.hasSuffix(
        "m/z 200.003, 1.0166666666666666 min, as row 6 of the "
          + "feature table"))
    let alone = LabelJoinTests.xcms.replacing("200.0030,61", with: "200.9,61")
    #expect(try join(labels, alone).matched.map(\.label) == ["G"])
  }

  @Test func theToleranceIsTheCallers() throws {
    let labels = "sample,label,feature_id,mz,rt\na,G,FT1,100.02,60\n"
    #expect(try join(labels).matched.isEmpty)
    let wide = try join(labels, tolerance: LabelTolerance(mz: 0.02, rt: 0.05))
    #expect(wide.matched.map(\.label) == ["G"])
  }

  /// mzMine's ids with the row's numbers or the peak's.
  @Test func mzMinesIdsGoWithRowsAndPeaks() throws {
    let result = try join(
      """
      sample,label,feature_id,mz,rt
      a,G,7,100,1
      b,N,7,100.5,1.5
      a,L,8,100.5,1.5
      """, LabelJoinTests.mzmine, .mzmine)
    #expect(result.matched.map(\.label) == ["G", "N"])
    #expect(result.unmatched.map(\.line) == [4])
    #expect(result.unmatched[0].text.contains("feature 8 of a is at m/z 300.0, 5.0 min"))
  }

  @Test(arguments: [
    (
      "sample,label,mz,rt\na,G,100.0,1.00\n", "minutes: rt must be in seconds, as in the XCMS table"
    ),
    ("sample,label,feature_id,mz,rt\na,G,FT1,100.0,1.00\n", "rt must be in seconds"),
    ("sample,label,peak_mz,peak_rt\na,G,100.0,60\n", "seconds: peak_rt must be in minutes"),
    ("sample,label,m/z,retention time\na,G,100.0,60\n", "retention time must be in minutes"),
  ])
  func timesInTheOtherUnitAreSaid(_ labels: String, _ says: String) throws {
    let result = try join(labels)
    #expect(result.matched.isEmpty && result.unmatched.count == 1)
    #expect(result.unmatched[0].text.contains(says), "\(result.unmatched[0].text)")
  }

  @Test func mzMinesTimesAreMinutes() throws {
    let labels = "sample,label,mz,rt\na,G,100.0,60\nb,G,100.5,90.0\na,G,100.0,61200\n"
    let texts = try join(labels, LabelJoinTests.mzmine, .mzmine).unmatched.map(\.text)
    let hint = "it seems to be in seconds: rt must be in minutes, as in the mzMine table"
    #expect(texts.map { $0.contains(hint) } == [true, true, false])
  }
}
