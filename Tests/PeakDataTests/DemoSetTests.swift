import PeakData
import Support
import Testing

@Suite("The embedded demo set")
struct DemoSetTests {
  private static func matrices(_ set: DemoSet, _ split: Split, _ range: Range<Int>) throws
    -> [Float]
  {
    let buffer = AlignedBuffer(count: range.count * 2 * set.header.matrixSize)
    try set.readMatrices(split, range, into: buffer.pointer)
    return Array(buffer.all)
  }

  @Test("Sets of 80, 10 and 10 per cent, each with every class about as often as documented")
  func splits() throws {
    let set = DemoSet()
    #expect(Split.allCases.map(set.count) == [3200, 400, 400])
    #expect(set.header.classes == ["High_quality", "Low_quality", "Noise"])
    #expect(set.header.matrixSize == 120 && set.header.margin == 1 && set.header.minScanNum == 5)
    for (split, tolerance) in [(Split.train, 0.03), (.test, 0.08), (.validation, 0.08)] {
      let labels = try set.readLabels(split)
      #expect(labels.count == set.count(split))
      for (label, share) in [(Int32(0), 0.4), (1, 0.25), (2, 0.35)] {
        let found = Double(labels.count { $0 == label }) / Double(labels.count)
        #expect(abs(found - share) < tolerance, "\(split) class \(label): \(found)")
      }
      #expect(Set(try set.readIDs(split)).count == set.count(split))
    }
  }

  @Test("Matrices are scaled to a maximum of 1 and have NeatMS's window")
  func matricesAreScaled() throws {
    let values = try Self.matrices(DemoSet(), .train, 0..<500)
    for peak in 0..<500 {
      let rows = values[(peak * 240)..<(peak * 240 + 240)]
      #expect(rows.prefix(120).min() ?? -1 >= 0 && rows.prefix(120).max() == 1)
      #expect(rows.suffix(120).enumerated().allSatisfy { ($1 == 1) == (40...79).contains($0) })
    }
  }

  @Test("Any range gives the same peaks; another seed gives others")
  func rangesAgree() throws {
    let set = DemoSet(seed: 7, peaks: 1_000_000)
    let whole = try Self.matrices(set, .train, 1000..<1064)
    let part = try Self.matrices(DemoSet(seed: 7, peaks: 1_000_000), .train, 1040..<1050)
    #expect(Array(whole[(40 * 240)..<(50 * 240)]) == part)
    let other = try Self.matrices(DemoSet(seed: 8, peaks: 1_000_000), .train, 1040..<1050)
    #expect(other != part)
    #expect(try DemoSet(seed: 8).readLabels(.train) != DemoSet(seed: 7).readLabels(.train))
  }

  @Test("The same bits on every machine")
  func portable() throws {
    // The intensities are whole counts, so that the matrices, of + − × ÷ alone, agree to the bit.
    var fingerprint = Fingerprint()
    fingerprint.add(try Self.matrices(DemoSet(), .train, 0..<200))
    #expect(fingerprint.value == 9_301_985_337_819_412_497)
  }

  @Test("Matrix sizes other than 120", arguments: [8, 31, 60, 301])
  func matrixSizes(_ size: Int) throws {
    let set = DemoSet(peaks: 50, matrixSize: size)
    let values = try Self.matrices(set, .test, 0..<5)
    #expect(values.count == 5 * 2 * size && values.allSatisfy { (0...1).contains($0) })
  }

  @Test("Classes differ as their names say: signal inside the window over signal outside")
  func classesDiffer() throws {
    let set = DemoSet()
    let (values, labels) = (try Self.matrices(set, .train, 0..<1000), try set.readLabels(.train))
    var contrast: [Int32: [Float]] = [:]
    for peak in 0..<1000 {
      let row = values[(peak * 240)..<(peak * 240 + 120)]
      let inside = row.dropFirst(40).prefix(40).reduce(0, +) / 40
      let outside = (row.prefix(30).reduce(0, +) + row.suffix(30).reduce(0, +)) / 60
      contrast[labels[peak], default: []].append(inside - outside)
    }
    let medians = (0..<3).map { label in
      let sorted = contrast[Int32(label), default: []].sorted()
      return sorted[sorted.count / 2]
    }
    #expect(medians[0] > medians[1] && medians[1] > medians[2] + 0.1)
    #expect(abs(medians[2]) < 0.1)
  }
}
