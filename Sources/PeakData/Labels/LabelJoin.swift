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

  /// What `className` made of the labels, in the order of their first rows.
  public let classes: [String]
  /// Indices into the table's `peaks`, ascending, each once.
  public let peaks: [Int]
  /// The class of each of `peaks`: index into `classes`.
  public let peakClasses: [Int32]
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

  /// The labelled peaks, ascending, and the class of each.
  public var matched: [(peak: Int, label: String)] {
    zip(peaks, peakClasses).map { ($0, classes[Int($1)]) }
  }

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
    let (classes, classOf) = Self.classes(labels, className)
    var found: [FoundLabel] = []
    found.reserveCapacity(labels.count)
    var unmatched: [Problem] = []
    var ambiguous: [Problem] = []
    var excluded = 0
    for (index, row) in labels.rows.enumerated() {
      guard classOf[Int(row.label)] >= 0 else {
        excluded += 1
        continue
      }
      switch finder.find(index) {
      case .peak(let peak): found.append(FoundLabel(peak: Int32(peak), row: Int32(index)))
      case .none(let why): unmatched.append(Problem(row, labels, why))
      case .several(let why): ambiguous.append(Problem(row, labels, why))
      }
    }
    let merged = MergedLabels(
      found, labels, classOf: classOf, peakCount: table.peaks.count)
    self.classes = classes
    (peaks, peakClasses) = (merged.peaks, merged.classes)
    conflicting = merged.conflicting
    repeated = merged.repeated
    (self.unmatched, self.ambiguous, self.excluded) = (unmatched, ambiguous, excluded)
  }

  /// The classes, and by index into the table's `labels` the class of each, -1 for none.
  private static func classes(
    _ table: LabelTable, _ className: (String) -> String?
  ) -> (names: [String], classOf: [Int32]) {
    var names = NameTable()
    let classOf = table.labels.all.map { label in
      className(label).map { Int32(names.index(of: $0)) } ?? -1
    }
    return (names.all, classOf)
  }
}

extension LabelJoin.Problem {
  init(_ row: LabelTable.Row, _ table: LabelTable, _ why: String) {
    let label = table.labels.all[Int(row.label)]
    self.init(line: row.line, text: "\(table.path), line \(row.line): \(label): \(why)")
  }
}
