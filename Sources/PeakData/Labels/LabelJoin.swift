import Support

/// Labels brought onto the peaks of a feature table. A label whose peak is not certain is listed,
/// never guessed.
public struct LabelJoin: Sendable {
  /// A label that is for no peak, or for several, or contradicts another.
  public struct Problem: Sendable, Equatable {
    /// The line of the label file.
    public var line: Int
    /// `labels.csv, line 17: …`
    public var text: String
  }

  /// Indices into the table's `peaks`, ascending, each once.
  public let matched: [(peak: Int, label: String)]
  /// Labels for which the table has no peak.
  public let unmatched: [Problem]
  /// Labels that could be for several peaks.
  public let ambiguous: [Problem]
  /// Labels of peaks that are labelled in different ways; such peaks are not in `matched`.
  public let conflicting: [Problem]
  /// Labels that say of a peak what another one said already.
  public let repeated: Int

  /// All labels that were not used, in order of line.
  public var problems: [Problem] {
    (unmatched + ambiguous + conflicting).sorted { $0.line < $1.line }
  }

  /// Joins by `feature_id` and sample where the label has one and the table's features have them;
  /// else by sample, m/z and retention time.
  ///
  /// By position, a peak whose numbers are the label's as far as the label writes them out is
  /// preferred to one that is within the tolerance; two of the same rank are ambiguous.
  /// - Throws: `Failure(.badData)` when the labels have feature ids only, and the table none.
  public init(
    _ labels: LabelTable, _ table: FeatureTable, tolerance: LabelTolerance = LabelTolerance()
  ) throws {
    let hasIDs = table.features.contains { $0.id != nil }
    guard hasIDs || labels.position != nil else {
      throw Failure(
        .badData, "labels by feature_id need a feature table with ids", at: labels.path,
        found: "none in \(table.files.first ?? "the table")",
        hint: "Give every label its mz and rt as the feature table has them.")
    }
    let finder = PeakFinder(labels, table, tolerance, usesIDs: hasIDs)
    var found: [(peak: Int, entry: Int)] = []
    var unmatched: [Problem] = []
    var ambiguous: [Problem] = []
    for (index, entry) in labels.entries.enumerated() {
      switch finder.find(entry) {
      case .peak(let peak): found.append((peak, index))
      case .none(let why): unmatched.append(Problem(entry, labels, why))
      case .several(let why): ambiguous.append(Problem(entry, labels, why))
      }
    }
    let merged = MergedLabels(found, labels)
    matched = merged.matched
    conflicting = merged.conflicting
    repeated = merged.repeated
    (self.unmatched, self.ambiguous) = (unmatched, ambiguous)
  }
}

extension LabelJoin.Problem {
  init(_ entry: LabelTable.Entry, _ labels: LabelTable, _ why: String) {
    self.init(
      line: entry.line, text: "\(labels.path), line \(entry.line): \(entry.label): \(why)")
  }
}

/// Labels by peak: the same said twice is one, different ones are a conflict.
private struct MergedLabels {
  var matched: [(peak: Int, label: String)] = []
  var conflicting: [LabelJoin.Problem] = []
  var repeated = 0

  init(_ found: [(peak: Int, entry: Int)], _ labels: LabelTable) {
    let ordered = found.sorted { ($0.peak, $0.entry) < ($1.peak, $1.entry) }
    var first = 0
    while first < ordered.count {
      let peak = ordered[first].peak
      let next = ordered[first...].firstIndex { $0.peak != peak } ?? ordered.count
      add(ordered[first..<next].map { labels.entries[$0.entry] }, of: peak, labels)
      first = next
    }
    conflicting.sort { $0.line < $1.line }
  }

  private mutating func add(_ entries: [LabelTable.Entry], of peak: Int, _ labels: LabelTable) {
    if entries.allSatisfy({ $0.label == entries[0].label }) {
      matched.append((peak, entries[0].label))
      repeated += entries.count - 1
      return
    }
    for entry in entries {
      let others = entries.filter { $0.label != entry.label }
      let list = others.prefix(3).map { "\($0.label) in line \($0.line)" }
      conflicting.append(
        LabelJoin.Problem(
          entry, labels,
          "the same peak is " + list.joined(separator: ", ") + (others.count > 3 ? ", …" : "")))
    }
  }
}
