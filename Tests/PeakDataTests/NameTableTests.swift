import PeakData
import Support
import Testing

/// Distinct names: against Swift's own dictionary, sorting and equality of texts.
@Suite struct NameTableTests {
  private func find(_ cell: String, in names: NameTable) -> Int? {
    var cell = cell
    return cell.withUTF8 { names.find(cell: $0) }
  }

  /// Texts of 0 to 40 letters, many of them there several times.
  private func texts(_ count: Int) -> [String] {
    var state: UInt64 = 7
    func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
    return (0..<count).map { _ in
      let letters = next(4) == 0 ? 26 : next(4) == 0 ? 2 : 1
      return String(
        decoding: (0..<next(41)).map { _ in UInt8(97 + next(UInt64(letters))) }, as: UTF8.self)
    }
  }

  @Test func areThoseOfADictionary() {
    var names = NameTable()
    var known: [String: Int] = [:]
    for text in texts(20_000) {
      let isNew = known[text] == nil
      #expect((names.find(text) == nil) == isNew)
      if isNew { known[text] = known.count }
      #expect(names.index(of: text) == known[text])
      #expect(find(text, in: names) == known[text])
    }
    #expect(names.count == known.count && names.count > 2000)
    #expect(names.all.enumerated().allSatisfy { known[$1] == $0 })
  }

  @Test(arguments: [
    ("\u{E9}.mzML", "e\u{301}.mzML"), ("e\u{301}", "\u{E9}"), ("K", "\u{212A}"), ("\u{212A}", "K"),
  ])
  func textsThatSwiftTakesForEqualAreOne(_ first: String, _ second: String) {
    #expect(first == second)
    var names = NameTable()
    #expect(names.index(of: first) == 0 && names.index(of: second) == 0)
    #expect(Array(names.all[0].utf8) == Array(first.utf8))
    #expect(names.index(of: "e") == 1)
  }

  @Test func cellWithQuotesIsLeftToItsText() {
    var names = NameTable()
    _ = names.index(of: "a")
    #expect(find("a", in: names) == 0)
    _ = names.index(of: "\"\"")
    #expect(find("\"\"", in: names) == nil && names.find("\"\"") == 1)
  }

  @Test func ranksAreThoseOfSorting() {
    var (texts, numbers) = (NameTable(), NameTable())
    for text in self.texts(3000) + ["é", "z\u{10000}", "z\u{FFFF}", "abcdefgh", "abcdefgh1"] {
      _ = texts.index(of: text)
    }
    let order = texts.all.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    #expect(texts.ranks().map { order[Int($0)] } == texts.all)
    for text in ["10", "9", "1e1", "-1", "-2.5", "10.0"] { _ = numbers.index(of: text) }
    #expect(numbers.ranks() == [3, 2, 3, 1, 0, 3])
    #expect(numbers.ranks(minusOneIsNone: true) == [3, 2, 3, -1, 0, 3])
    #expect(NameTable().ranks() == [])
  }

  @Test func countingOrderIsAStableSort() {
    let keys = texts(5000).map { Int32($0.utf8.count) }
    let start = Array((0..<Int32(keys.count)).reversed())
    let sorted = CountingOrder.sorted(start, by: keys, keyCount: 41)
    let expected = start.enumerated().sorted {
      (keys[Int($0.element)], $0.offset) < (keys[Int($1.element)], $1.offset)
    }
    #expect(sorted == expected.map(\.element))
    #expect(CountingOrder.sorted([], by: [], keyCount: 0) == [])
  }

  /// Values put in an order where they are stand as those gathered in that order.
  @Test func arrangesInPlace() {
    var random = PhiloxSequence(seed: 5, stream: .simulation)
    for count in [0, 1, 2, 3, 17, 1000] {
      let values = (0..<count).map { SIMD4<Double>(repeating: Double($0)) }
      var orders = [Array(0..<Int32(count)), Array((0..<Int32(count)).reversed())]
      for _ in 0..<5 {
        var order = orders[0]
        for last in order.indices.reversed() {
          order.swapAt(last, Int(random.nextIndex(below: UInt32(last + 1))))
        }
        orders.append(order)
      }
      for order in orders {
        var arranged = values
        CountingOrder.arrange(&arranged, in: order)
        #expect(arranged == order.map { values[Int($0)] }, "\(order)")
      }
    }
  }
}
