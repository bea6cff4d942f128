import Support

/// Which labels take part, and under which name: NeatMS's `exclude` and `merge_classes`.
public struct ClassRule: Sendable, Equatable {
  /// Labels left out, as they stand in the label table.
  public var exclude: [String]
  /// Labels that become one class.
  public var merges: [Merge]

  public struct Merge: Sendable, Equatable {
    public var labels: [String]
    public var name: String

    public init(labels: [String], name: String) {
      self.labels = labels
      self.name = name
    }
  }

  public init(exclude: [String] = [], merges: [Merge] = []) {
    self.exclude = exclude
    self.merges = merges
  }

  /// The class of a label; nil where it is excluded. As in NeatMS, exclusion comes first.
  public func className(of label: String) -> String? {
    if exclude.contains(label) { return nil }
    return merges.first { $0.labels.contains(label) }?.name ?? label
  }

  /// Checks the rule against the labels that there are.
  /// - Throws: `Failure(.usage)` for a label that is not among them, excluded and merged, or merged
  ///   twice.
  public func check(against known: [String]) throws {
    for label in exclude { try check(label, known, "--exclude") }
    var merged: Set<String> = []
    for merge in merges {
      for label in merge.labels {
        try check(label, known, "--merge")
        if exclude.contains(label) {
          throw Failure(.usage, "the label \(label) is both excluded and merged", at: "--merge")
        }
        if !merged.insert(label).inserted {
          throw Failure(.usage, "the label \(label) is merged twice", at: "--merge")
        }
      }
    }
  }

  private func check(_ label: String, _ known: [String], _ option: String) throws {
    if known.contains(label) { return }
    throw Failure(
      .usage, "no peak has the label \(label)", at: option,
      expected: known.map { $0.contains(",") ? "\"\($0)\"" : $0 }.joined(separator: ", "),
      found: label,
      hint: known.contains { $0.contains(",") }
        ? "A label with a comma in it goes into double quotes: '\"A, B\",C'." : nil)
  }
}
