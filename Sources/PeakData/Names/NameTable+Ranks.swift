extension NameTable {
  /// By index: the name's place when all are ordered, as numbers if all are, else by code points;
  /// equal numbers share a place.
  /// - Parameter minusOneIsNone: the number -1 has the place -1 (NeatMS's mark for a peak in no
  ///   feature).
  public func ranks(minusOneIsNone: Bool = false) -> [Int32] {
    // A double does not tell whole numbers above 2⁵³ apart; pandas reads a column of them as integers.
    if let wholeNumbers { return Self.ranks(wholeNumbers, without: minusOneIsNone ? -1 : nil) }
    if let numbers { return Self.ranks(numbers, without: minusOneIsNone ? -1 : nil) }
    return ranksOfTexts
  }

  private static func ranks<Number: Comparable>(_ numbers: [Number], without none: Number?)
    -> [Int32]
  {
    let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
    var ranks = [Int32](repeating: -1, count: numbers.count)
    var rank: Int32 = 0
    for (place, index) in order.enumerated() {
      if place > 0, numbers[index] != numbers[order[place - 1]] { rank += 1 }
      if numbers[index] != none { ranks[index] = rank }
    }
    return ranks
  }

  /// All names as whole numbers; nil when one is none.
  private var wholeNumbers: [Int64]? {
    var numbers: [Int64] = []
    for name in all {
      guard let number = Int64(name) else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// All names as numbers; nil when one is none.
  private var numbers: [Double]? {
    var numbers: [Double] = []
    for var name in all {
      guard let number = name.withUTF8({ DecimalNumber.parse($0) }) else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private var ranksOfTexts: [Int32] {
    // UTF-8 orders texts as their code points do, and so do its first eight bytes as one number.
    let heads = all.map { name in
      var name = name
      return name.withUTF8 { bytes in
        (0..<8).reduce(UInt64(0)) { $0 << 8 | ($1 < bytes.count ? UInt64(bytes[$1]) : 0) }
      }
    }
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      if heads[a] != heads[b] { return heads[a] < heads[b] }
      return all[a].utf8.lexicographicallyPrecedes(all[b].utf8)
    }
    // Tables are mostly written in the order of their features.
    guard all.indices.dropFirst().contains(where: { isBefore($0, $0 - 1) }) else {
      return Array(0..<Int32(count))
    }
    var ranks = [Int32](repeating: 0, count: count)
    for (rank, index) in all.indices.sorted(by: isBefore).enumerated() {
      ranks[index] = Int32(rank)
    }
    return ranks
  }
}
