import Experiments
import PeakData
import PythonTesting
import Testing

@Suite("Splits of labelled peaks") struct BatchSplitTests {
  private func split(
    _ labels: [Int32], classes: Int = 2, _ fraction: Double = 0.1, normalise: Bool = false,
    seed: UInt64 = 0
  ) -> BatchSplit {
    BatchSplit(
      labels: labels, classCount: classes, fraction: fraction, normaliseClass: normalise,
      seed: seed)
  }

  @Test(
    "The sets are as large as NeatMS's, round(split * N) in Python",
    .enabled(if: Python.isWanted, "\(Python.skipReason)"))
  func sizes() throws {
    let fractions = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.45]
    let printed = try Python.run(
      .keras2,
      code: """
        for s in \(fractions):
            print(' '.join(str(int(round(s * n))) for n in range(400)))
        """)
    let expected = printed.split(separator: "\n").map { $0.split(separator: " ").map { Int($0) } }
    try #require(expected.count == fractions.count)
    for (fraction, sizes) in zip(fractions, expected) {
      for (count, size) in sizes.enumerated() {
        let found = split(Array(repeating: 0, count: count), fraction)
        #expect(found.positions[.test]?.count == size, "\(fraction) of \(count)")
        #expect(found.positions[.validation]?.count == size)
        #expect(found.positions[.train]?.count == count - 2 * (size ?? 0))
      }
    }
  }

  @Test("Every peak is in one set, in an order that the seed alone decides")
  func everyPeakOnce() {
    let labels = (0..<1000).map { Int32($0 % 2) }
    let (first, again, other) = (split(labels), split(labels), split(labels, seed: 1))
    #expect(first == again)
    #expect(first != other)
    let all = Split.allCases.flatMap { first.positions[$0] ?? [] }
    #expect(all.sorted() == Array(0..<1000))
    #expect(all != all.sorted())
  }

  @Test("Balanced, every class has as many peaks as the smallest, in every part of the order")
  func balanced() {
    let labels = (0..<1000).map { Int32($0 < 700 ? 0 : $0 < 900 ? 1 : 2) }
    let found = split(labels, classes: 3, 0.2, normalise: true)
    #expect(found.balancedOut == [600, 100, 0])
    let all = Split.allCases.flatMap { found.positions[$0] ?? [] }
    #expect(all.count == 300 && Set(all).count == 300)
    for label: Int32 in 0..<3 {
      #expect(all.count { labels[$0] == label } == 100)
      // 180 draws of 300 without replacement: 60 ± 5 of each class; 30 … 90 is six times that.
      let inTraining = (found.positions[.train] ?? []).count { labels[$0] == label }
      #expect((30...90).contains(inTraining), "class \(label)")
    }
  }
}

@Suite("Classes of labels") struct ClassRuleTests {
  @Test("Excluded labels have no class, merged ones their common name, others their own")
  func names() {
    let rule = ClassRule(
      exclude: ["Unsure"], merges: [.init(labels: ["Low_quality", "Noise"], name: "Other")])
    #expect(rule.className(of: "Unsure") == nil)
    #expect(rule.className(of: "Noise") == "Other")
    #expect(rule.className(of: "Low_quality") == "Other")
    #expect(rule.className(of: "High_quality") == "High_quality")
  }

  @Test("Labels that no peak has, and labels used twice, are refused by name")
  func refused() {
    let known = ["A", "B"]
    func message(_ rule: ClassRule) -> String {
      do { try rule.check(against: known) } catch { return "\(error)" }
      return ""
    }
    #expect(message(ClassRule(exclude: ["C"])).contains("no peak has the label C"))
    #expect(message(ClassRule(exclude: ["C"])).contains("A, B"))
    let both = ClassRule(exclude: ["A"], merges: [.init(labels: ["A", "B"], name: "X")])
    #expect(message(both).contains("both excluded and merged"))
    let twice = ClassRule(merges: [
      .init(labels: ["A"], name: "X"), .init(labels: ["A"], name: "Y"),
    ])
    #expect(message(twice).contains("merged twice"))
    #expect(message(ClassRule(exclude: ["A"])).isEmpty)
  }
}
