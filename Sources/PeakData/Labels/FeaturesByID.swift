/// The features that the ids of labels stand for, and their peaks.
struct FeaturesByID {
  /// By index into the labels' ids: its place in `first`.
  private let keyOf: [Int32]
  /// By key: the first feature that has the id, -1 for none; and by feature: the next with the same.
  private var first: [Int32]
  private var next: [Int32]
  /// By feature: its peaks are `starts[feature]..<starts[feature + 1]`.
  private let starts: [Int32]
  /// By peak.
  private let sampleOf: [Int32]

  init(_ ids: NameTable, _ table: FeatureTable) {
    // A table's ids that are all numbers count as numbers: R writes 100000 as 1e+05.
    let areNumbers = table.features.allSatisfy { $0.id.map { Self.number($0) != nil } ?? true }
    let keys: NameTable
    (keys, keyOf) = Self.keys(ids, areNumbers)
    first = Array(repeating: -1, count: keys.count)
    next = Array(repeating: -1, count: table.features.count)
    for (feature, entry) in table.features.enumerated().reversed() {
      guard let id = entry.id, let key = keys.find(Self.key(id, areNumbers)) else { continue }
      next[feature] = first[key]
      first[key] = Int32(feature)
    }
    var starts = [Int32](repeating: 0, count: table.features.count + 1)
    // One pass: the peaks of a large table come from memory.
    sampleOf = table.peaks.map { peak in
      starts[peak.feature + 1] += 1
      return Int32(peak.sample)
    }
    for index in 0..<table.features.count { starts[index + 1] += starts[index] }
    self.starts = starts
  }

  /// Whether any feature has the id.
  /// - Parameter id: index into the labels' ids; so below.
  func hasFeature(_ id: Int) -> Bool { first[Int(keyOf[id])] >= 0 }

  /// The peak of the id's features in a sample, where there is just one.
  func onlyPeak(of id: Int, in sample: Int) -> Int? {
    var (count, only) = (0, 0)
    var feature = Int(first[Int(keyOf[id])])
    while feature >= 0 {
      let (start, end) = (Int(starts[feature]), Int(starts[feature + 1]))
      // A feature has a peak in most samples: without a branch for each, several are looked at at once.
      sampleOf.withUnsafeBufferPointer { samples in
        let sample = Int32(truncatingIfNeeded: sample)
        for peak in start..<end {
          let isHere = samples[peak] == sample
          count &+= isHere ? 1 : 0
          only = isHere ? peak : only
        }
      }
      feature = Int(next[feature])
    }
    return count == 1 ? only : nil
  }

  /// All peaks of the id's features in a sample, ascending.
  func peaks(of id: Int, in sample: Int) -> [Int] {
    var peaks: [Int] = []
    var feature = Int(first[Int(keyOf[id])])
    while feature >= 0 {
      for peak in Int(starts[feature])..<Int(starts[feature + 1]) where sampleOf[peak] == sample {
        peaks.append(peak)
      }
      feature = Int(next[feature])
    }
    return peaks
  }

  /// The ids to look up, each once, and by id which it is.
  private static func keys(_ ids: NameTable, _ areNumbers: Bool) -> (NameTable, [Int32]) {
    guard areNumbers || ids.all.contains(where: isWhole) else {
      return (ids, Array(0..<Int32(ids.count)))
    }
    var keys = NameTable()
    let keyOf = ids.all.map { Int32(keys.index(of: key($0, areNumbers))) }
    return (keys, keyOf)
  }

  /// The id to look up: a number in one way of writing it. Where ids are texts, only pandas' way of
  /// writing a column of whole numbers in which some cells are empty is seen through: `17.0`.
  private static func key(_ id: String, _ areNumbers: Bool) -> String {
    if areNumbers, let number = number(id) { return number }
    return isWhole(id) ? String(id.dropLast(2)) : id
  }

  /// The number that an id is, in the shortest way of writing it; nil for any other id.
  private static func number(_ id: String) -> String? {
    if let whole = Int64(id) { return String(whole) }
    var id = id
    guard let number = id.withUTF8({ DecimalNumber.parse($0) }) else { return nil }
    return Int64(exactly: number).map(String.init) ?? "\(number)"
  }

  /// Whether the id is digits with `.0` behind them.
  private static func isWhole(_ id: String) -> Bool {
    guard id.utf8.last == UInt8(ascii: "0"), id.hasSuffix(".0") else { return false }
    let whole = id.dropLast(2)
    return !whole.isEmpty && whole.utf8.allSatisfy { $0 &- 0x30 <= 9 }
  }
}
