import Foundation
import PeakData
import Support
import TestTools
import Testing

/// Tables read in parts (`TableParts`) against the same tables read from start to end.
@Suite struct TablePartsTests {
  /// The table put together of its parts, which three readers read and which come in a random order;
  /// nil where it has to be read from start to end.
  static func inParts(
    _ path: String, _ format: FeatureTableFormat, keepsXCMS: Bool = true, partSize: Int
  ) throws -> FeatureTable? {
    // What cannot be opened cannot be divided either.
    guard
      let first = try? TableParts(path, format: format, keepsXCMS: keepsXCMS, partSize: partSize)
    else { return nil }
    var readers = [first]
    for number in 1...2 {
      readers += [
        try #require(
          try TableParts(
            path, format: format, keepsXCMS: keepsXCMS, stamp: first.stamp, reader: number,
            partSize: partSize))
      ]
    }
    var assembly = first.assembly()
    var random = PhiloxSequence(seed: UInt64(partSize), stream: .simulation)
    var parts = (0..<first.count).map { part in
      (part, (try? readers[random.index(below: 3)].read(part)) ?? [])
    }
    for last in parts.indices.reversed() { parts.swapAt(last, random.index(below: last + 1)) }
    for (part, bytes) in parts { assembly.take(part, bytes) }
    #expect(assembly.hasFailed == false || assembly.table() == nil)
    return assembly.table()
  }

  /// A row per peak: `rows` features in two samples, the second sample's rows behind the first's.
  private static func xcms(rows: Int, newline: String = "\n") -> String {
    var random = PhiloxSequence(seed: 7, stream: .simulation)
    let header =
      "feature_id,mz,mzmin,mzmax,rt,rtmin,rtmax,into,intb,maxo,sn,sample,sample_name,rt_adjusted"
    var lines = [header]
    for sample in 1...2 {
      for row in 0..<rows {
        let id = row % 7 == 0 ? "" : "FT\((row * 13) % rows)"
        let mz = "\(100 + row).\(random.digits(row % 13))"
        let blank = row % 5 == 0 ? "NA" : random.digits(1 + row % 17)
        lines.append(
          "\(id),\(mz),\(mz),\(mz),60.5,59,61.\(random.digits(3)),1e5,\(blank),9,,\(sample),"
            + "s\(sample).mzML,\(row % 3 == 0 ? "" : "60.25")")
        if row % 11 == 0 { lines.append("") }
        if row % 17 == 0 { lines.append(String(repeating: ",", count: 13)) }
      }
    }
    return lines.joined(separator: newline) + newline
  }

  private static func mzmine(rows: Int) -> String {
    let samples = ["a b.mzML", "é.mzML", "c.mzML"]
    let endings = [
      "Peak m/z", "Peak RT", "Peak RT start", "Peak RT end", "Peak m/z min", "Peak m/z max",
      "Peak height", "Peak area",
    ]
    let names = samples.flatMap { sample in endings.map { "\(sample) \($0)" } }
    var lines = ["row ID,row m/z,row retention time," + names.joined(separator: ",")]
    for row in 0..<rows {
      let cells = samples.indices.flatMap { sample in
        (row + sample) % 3 == 0
          ? Array(repeating: "0", count: 8)
          : ["\(100 + row).25", "1.5", "1.25", "1.\(row + 3)", "99.5", "101", "1e4", ""]
      }
      lines.append("\"\(row)\",\(row).5,1.5," + cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Every spelling, cut at every possible place and more: parts shorter than a row, too.
  @Test(arguments: [
    (xcms(rows: 40), FeatureTableFormat.xcms),
    (xcms(rows: 40, newline: "\r\n"), .xcms),
    ("\u{FEFF}" + xcms(rows: 40), .xcms),
    (String(xcms(rows: 40).dropLast()), .xcms),
    ("\n\n" + xcms(rows: 40) + "\n \n", .xcms),
    (xcms(rows: 40).replacing("s1.mzML", with: "\" s1,\"\"1\"\".mzML\""), .xcms),
    (xcms(rows: 40).replacing(",sample,", with: ",other,"), .xcms),
    (xcms(rows: 40).replacing("feature_id", with: "name"), .xcms),
    (mzmine(rows: 60), .mzmine),
    (mzmine(rows: 60).replacing("row ID", with: "row number"), .mzmine),
  ])
  func partsMakeTheWholeTable(_ text: String, _ format: FeatureTableFormat) throws {
    let folder = try TableFolder()
    let path = try folder.write("table.csv", text)
    let whole = try FeatureTable.read(path, format: format)
    #expect(whole.peaks.count >= 80)
    for partSize in [1, 7, 33, 64, 100, 129, 500, 1000, 4000] {
      let table = try #require(try Self.inParts(path, format, partSize: partSize), "\(partSize)")
      #expect(table.isSame(as: whole), "parts of \(partSize) bytes")
    }
  }

  /// Without the columns that only XCMS has everything else is the same, and what is wrong in their
  /// cells is an error all the same.
  @Test func withoutXCMSColumns() throws {
    let folder = try TableFolder()
    let path = try folder.write("table.csv", Self.xcms(rows: 40))
    var whole = try FeatureTable.read(path, format: .xcms)
    #expect(whole.xcms.count == whole.peaks.count)
    whole.xcms = []
    #expect(try FeatureTable.read(path, format: .xcms, keepsXCMS: false).isSame(as: whole))
    for partSize in [100, 1000] {
      let table = try Self.inParts(path, .xcms, keepsXCMS: false, partSize: partSize)
      #expect(try #require(table).isSame(as: whole), "parts of \(partSize) bytes")
    }
    let bad = try folder.write("bad.csv", Self.xcms(rows: 40).replacing("60.25\n", with: "many\n"))
    let found = try failure { try FeatureTable.read(bad, format: .xcms, keepsXCMS: false) }
    let expected = try failure { try FeatureTable.read(bad, format: .xcms) }
    #expect(found == expected && found.place?.contains("rt_adjusted") == true)
    #expect(try Self.inParts(bad, .xcms, keepsXCMS: false, partSize: 100) == nil)
  }

  /// Lines that end in a CR alone cannot be cut: all rows are in one part.
  @Test func oldLineEnds() throws {
    let folder = try TableFolder()
    let path = try folder.write("table.csv", Self.xcms(rows: 40, newline: "\r"))
    let table = try #require(try Self.inParts(path, .xcms, partSize: 100))
    #expect(table.isSame(as: try FeatureTable.read(path, format: .xcms)))
  }

  /// Parts that end inside a quoted cell are noticed; whole cells with newlines are not in the way.
  @Test func newlinesInCells() throws {
    let folder = try TableFolder()
    let text = Self.xcms(rows: 40).replacing("s2.mzML", with: "\"s2\n,1,\"\"\n.mzML\"")
    let path = try folder.write("table.csv", text)
    let whole = try FeatureTable.read(path, format: .xcms)
    #expect(whole.samples[1] == "s2\n,1,\"\n.mzML")
    var outcomes = (read: 0, failed: 0)
    for partSize in 1000..<(text.utf8.count - 1) {
      if let table = try Self.inParts(path, .xcms, partSize: partSize) {
        #expect(table.isSame(as: whole), "parts of \(partSize) bytes")
        outcomes.read += 1
      } else {
        outcomes.failed += 1
      }
    }
    #expect(outcomes.read > 100 && outcomes.failed > 100, "\(outcomes)")
  }

  /// Whatever is wrong is left to who reads from the start, who knows the line.
  @Test(arguments: [
    ("60.25\n", "60,25\n"), ("60.25\n", "many\n"), ("s2.mzML", ""), ("s2.mzML", "\"s2.mzML"),
    (",1,s1.mzML", ",2,s1.mzML"), ("61.", "\u{0}61."),
  ])
  func errorsAreLeftToTheWhole(_ good: String, _ bad: String) throws {
    let folder = try TableFolder()
    let text = Self.xcms(rows: 40)
    let last = try #require(text.ranges(of: good).last)
    let path = try folder.write("table.csv", text.replacingCharacters(in: last, with: bad))
    let found = try failure { try FeatureTable.read(path, format: .xcms) }
    #expect(found.place?.contains("line ") == true)
    for partSize in [33, 100, 1000, 4000] {
      #expect(try Self.inParts(path, .xcms, partSize: partSize) == nil, "\(partSize)")
    }
  }

  @Test func whatCannotBeDivided() throws {
    let folder = try TableFolder()
    let text = Self.xcms(rows: 40)
    let path = try folder.write("table.csv", text)
    let size = text.utf8.count
    #expect(try TableParts(path, format: .xcms) == nil)
    #expect(try TableParts(path, format: .xcms, partSize: size) == nil)
    #expect(try TableParts(path, format: .xcms, partSize: size - 1)?.count == 2)
    #expect(try TableParts(path, format: .peakonly, partSize: 100) == nil)
    #expect(try TableParts(folder.folder.url.path, format: .mzmine, partSize: 1) == nil)
    #expect(throws: Failure.self) { try TableParts(path, format: .mzmine, partSize: 100) }
    // A header alone has no rows: reading from the start says so.
    let header = try folder.write("header.csv", String(text.prefix { $0 != "\n" }) + "\n\n\n")
    #expect(try Self.inParts(header, .xcms, partSize: 20) == nil)
  }

  @Test func anotherFileOfTheSamePathIsRefused() throws {
    let folder = try TableFolder()
    let path = try folder.write("table.csv", Self.xcms(rows: 40))
    let stamp = try #require(try TableParts(path, format: .xcms, partSize: 100)).stamp
    #expect(try TableParts(path, format: .xcms, stamp: stamp, partSize: 100) != nil)
    try folder.write("table.csv", Self.xcms(rows: 41))
    let found = try failure {
      try TableParts(path, format: .xcms, stamp: stamp, partSize: 100)
    }
    #expect(found.description.contains("rank 0"))
  }

  /// Damage that leaves a table readable leaves it readable in parts, or not at all.
  @Test func damagedTables() throws {
    let folder = try TableFolder()
    let original = Self.xcms(rows: 30).replacing(",sample,", with: ",other,")
    let names = original.ranges(of: "s1.mzML")
    var random = PhiloxSequence(seed: 11, stream: .simulation)
    var outcomes = (whole: 0, parts: 0)
    for mutation in 0..<400 {
      var text = original
      if random.index(below: 2) == 0 {
        let name = names[random.index(below: names.count)]
        let texts = ["\"\n\"", "\"a\n\"\"\n,b\"", "c"]
        text.replaceSubrange(name, with: texts[random.index(below: 3)])
      }
      var bytes = Array(text.utf8)
      let place = 90 + random.index(below: bytes.count - 100)
      switch random.index(below: 3) {
      case 0: bytes[place] = Array(",\"\n\r1".utf8)[random.index(below: 5)]
      case 1: bytes.insert(Array("\"\n".utf8)[random.index(below: 2)], at: place)
      default: bytes[place] = bytes[place] == UInt8(ascii: "9") ? UInt8(ascii: "8") : bytes[place]
      }
      let path = try folder.write("damaged.csv", bytes)
      let whole = try? FeatureTable.read(path, format: .xcms)
      let table = try Self.inParts(path, .xcms, partSize: 50 + random.index(below: 3000))
      if whole != nil { outcomes.whole += 1 }
      guard let table else { continue }
      outcomes.parts += 1
      #expect(whole.map { table.isSame(as: $0) } == true, "mutation \(mutation)")
    }
    // Neither is always so, and some tables can be read as a whole only.
    #expect(outcomes.whole < 400 && outcomes.parts < outcomes.whole && outcomes.parts > 50)
  }
}

extension FeatureTable {
  /// Whether all is the same, to the bit of each number.
  fileprivate func isSame(as other: FeatureTable) -> Bool {
    func bits<Value: BitwiseCopyable>(_ values: [Value]) -> [UInt8] {
      values.withUnsafeBytes { Array($0) }
    }
    return format == other.format && files == other.files && samples == other.samples
      && bits(peaks) == bits(other.peaks) && features == other.features
      && bits(featureMz) == bits(other.featureMz) && bits(featureRT) == bits(other.featureRT)
      && bits(xcms) == bits(other.xcms)
  }
}
