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

  /// Indices into the table's `peaks`, ascending, each once, and the class: what `className` made
  /// of the label.
  public let matched: [(peak: Int, label: String)]
  /// Labels for which the table has no peak.
  public let unmatched: [Problem]
  /// Labels that could be for several peaks.
  public let ambiguous: [Problem]
  /// Labels of peaks that are labelled in different ways; such peaks are not in `matched`.
  public let conflicting: [Problem]
  /// Labels that say of a peak what another one said already.
  public let repeated: Int
  /// Labels that take no part: `className` gave nil.
  public let excluded: Int

  /// All labels that were not used, in order of line.
  public var problems: [Problem] {
    (unmatched + ambiguous + conflicting).sorted { $0.line < $1.line }
  }

  /// Joins by `feature_id` and sample where the label has one and the table's features have them;
  /// else by sample, m/z and retention time. A label with both must agree in both.
  ///
  /// By position, a peak whose numbers are the label's as far as the label writes them out is
  /// preferred to one that is within the tolerance; two of the same rank are ambiguous.
  /// - Parameter className: the class that a label stands for, nil when it takes no part. Labels of
  ///   one class agree; one that takes no part contradicts none and is not listed.
  /// - Throws: `Failure(.badData)` when the labels have feature ids only, and the table none.
  public init(
    _ labels: LabelTable, _ table: FeatureTable, tolerance: LabelTolerance = LabelTolerance(),
    className: (String) -> String? = { $0 }
  ) throws {
    let hasIDs = table.features.contains { $0.id != nil }
    guard hasIDs || labels.position != nil else {
      throw Failure(
        .badData, "labels by feature_id need a feature table with ids", at: labels.path,
        found: "none in \(table.files.first ?? "the table")",
        hint: "Give every label its mz and rt as the feature table has them.")
    }
    let finder = PeakFinder(labels, table, tolerance, usesIDs: hasIDs)
    var found: [FoundLabel] = []
    var unmatched: [Problem] = []
    var ambiguous: [Problem] = []
    var excluded = 0
    for entry in labels.entries {
      guard let name = className(entry.label) else {
        excluded += 1
        continue
      }
      switch finder.find(entry) {
      case .peak(let peak):
        found.append(
          FoundLabel(peak: peak, className: name, label: entry.label, line: entry.line))
      case .none(let why): unmatched.append(Problem(entry.line, entry.label, labels.path, why))
      case .several(let why): ambiguous.append(Problem(entry.line, entry.label, labels.path, why))
      }
    }
    let merged = MergedLabels(found, path: labels.path)
    matched = merged.matched
    conflicting = merged.conflicting
    repeated = merged.repeated
    (self.unmatched, self.ambiguous, self.excluded) = (unmatched, ambiguous, excluded)
  }
}

extension LabelJoin.Problem {
  init(_ line: Int, _ label: String, _ path: String, _ why: String) {
    self.init(line: line, text: "\(path), line \(line): \(label): \(why)")
  }
}
