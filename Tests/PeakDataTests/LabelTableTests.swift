import PeakData
import Support
import TestTools
import Testing

/// The file of labels: its columns, and what is wrong with it.
@Suite struct LabelTableTests {
  @Test func columnsAreFoundByName() throws {
    let folder = try TableFolder()
    let table = try folder.labels(
      """
      feature_id,extra,label,sample,rt,mz
      FT1,x,Good,a.mzML,60.50,100.1
      FT2,x,,a.mzML,61,100.1
      ,x,NA,a.mzML,61,100.1
      NA,x,Bad,b,,
      """)
    #expect(table.position == .asInTable)
    #expect(table.unlabelled == 2)
    #expect(table.entries.map(\.label) == ["Good", "Bad"])
    #expect(table.entries.map(\.line) == [2, 5])
    #expect(table.entries.map(\.sample) == ["a.mzML", "b"])
    #expect(table.entries.map(\.featureID) == ["FT1", nil])
    let first = table.entries[0]
    #expect(first.mz?.value == 100.1 && first.rt?.value == 60.5)
    #expect(first.mz?.rounding == 0.05 && first.rt?.rounding == 0.005)
    #expect(table.entries[1].mz == nil && table.entries[1].rt == nil)
  }

  @Test func theFileNameIsPreferredToXCMSsSampleNumber() throws {
    let labels = try TableFolder().labels("sample,sample_name,label,feature_id\n1,a.mzML,G,F\n")
    #expect(labels.entries[0].sample == "a.mzML")
  }

  @Test func numbersMayBeWrittenInAnyWay() throws {
    let labels = try TableFolder().labels(
      "sample,label,mz,rt\na,G,1.5e2,\" 12.250 \"\na,G,NaN,1\na,G,150,Inf\n")
    #expect(labels.entries[0].mz == LabelTable.Written(150, rounding: 5))
    #expect(labels.entries[0].rt == LabelTable.Written(12.25, rounding: 0.0005))
    #expect(labels.entries[1].mz == nil)
    #expect(labels.entries[2].rt == nil)
  }

  @Test(arguments: [
    ("sample,mz,rt\na,1,2\n", "\"label\"", ""),
    ("label,mz,rt\na,1,2\n", "\"sample\"", ""),
    ("sample,label,mz\na,G,2\n", "\"feature_id\", or \"mz\" and \"rt\"", ""),
    ("sample,label,label,mz,rt\na,G,G,1,2\n", "more than once", "columns 2, 3"),
    ("sample,label,mz,rt\na,G,x1,2\n", "is not a number", "line 2, column \"mz\""),
    ("sample,label,mz,rt\n,G,1,2\n", "without a sample", "line 2, column \"sample\""),
    ("sample,label,mz,rt\na,,1,2\na,NA,1,2\n", "no row has a label", "2 rows without"),
    ("sample,label,mz,rt\n", "no row has a label", "0 rows without"),
  ])
  func whatIsWrongIsSaid(_ text: String, _ what: String, _ place: String) throws {
    let folder = try TableFolder()
    let failure = try failure { try folder.labels(text) }
    #expect(failure.code == .badData)
    #expect(failure.description.contains(what), "\(failure)")
    #expect(place.isEmpty || failure.description.contains(place), "\(failure)")
    #expect(failure.place?.contains("labels-") == true)
  }
}
