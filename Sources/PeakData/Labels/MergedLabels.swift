/// A label and the peak it is for.
struct FoundLabel {
  var peak: Int
  /// What is compared.
  var className: String
  /// What is shown.
  var label: String
  var line: Int
}

/// Labels by peak: the same class said twice is one label, different ones are a conflict.
struct MergedLabels {
  private(set) var matched: [(peak: Int, label: String)] = []
  private(set) var conflicting: [LabelJoin.Problem] = []
  private(set) var repeated = 0
  private let path: String

  /// - Parameter path: the file of the labels.
  init(_ found: [FoundLabel], path: String) {
    self.path = path
    let ordered = found.sorted { ($0.peak, $0.line) < ($1.peak, $1.line) }
    var first = 0
    while first < ordered.count {
      let peak = ordered[first].peak
      let next = ordered[first...].firstIndex { $0.peak != peak } ?? ordered.count
      add(ordered[first..<next])
      first = next
    }
    conflicting.sort { $0.line < $1.line }
  }

  /// Adds all labels of one peak.
  private mutating func add(_ labels: ArraySlice<FoundLabel>) {
    guard let first = labels.first else { return }
    if labels.allSatisfy({ $0.className == first.className }) {
      matched.append((first.peak, first.className))
      repeated += labels.count - 1
      return
    }
    // At most three of a class: whoever looks for three of other classes passes few.
    var counts: [String: Int] = [:]
    var shown: [FoundLabel] = []
    for label in labels {
      counts[label.className, default: 0] += 1
      if counts[label.className, default: 0] <= 3 { shown.append(label) }
    }
    for label in labels {
      let others = labels.count - counts[label.className, default: 0]
      let list = shown.lazy.filter { $0.className != label.className }.prefix(3)
        .map { "\($0.label) in line \($0.line)" }
      conflicting.append(
        LabelJoin.Problem(
          label.line, label.label, path,
          "the same peak is " + list.joined(separator: ", ") + (others > 3 ? ", …" : "")))
    }
  }
}
