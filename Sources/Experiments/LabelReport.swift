import PeakData
import Support

/// Tells of the labels that name no single peak. They are listed, never guessed.
struct LabelReport {
  let request: PreparationRequest
  let console: Console

  init(_ request: PreparationRequest, _ console: Console) {
    self.request = request
    self.console = console
  }

  /// The messages of a long list end here; `--unmatched` gives all of it.
  static let shown = 20

  /// - Throws: `Failure(.badData)` where no label found a peak; `.cannotCreate` for the list.
  func tell(_ join: LabelJoin, of table: LabelTable) throws {
    let groups = [
      ("labels without a peak", "label without a peak", join.unmatched),
      ("labels with more than one peak", "label with more than one peak", join.ambiguous),
      ("labels that contradict each other", "label that contradicts another", join.conflicting),
    ]
    for (what, _, problems) in groups where !problems.isEmpty {
      console.warn("Warning: \(problems.count) of \(table.count) \(what):")
      for problem in problems.prefix(Self.shown) {
        console.warn("  \(problem.text)")
      }
      if problems.count > Self.shown {
        console.warn(
          "  … and \(problems.count - Self.shown) more"
            + (request.unmatched.map { ": see \($0)" } ?? ": --unmatched FILE.csv lists them all"))
      }
    }
    try writeList(groups.flatMap { group in group.2.map { (group.1, $0) } })
    if join.matched.isEmpty {
      throw Failure(
        .badData, "no label belongs to a peak of the feature table", at: request.labels,
        hint: "Compare its sample, feature_id, mz and rt columns with \(request.features).")
    }
  }

  private func writeList(_ problems: [(String, LabelJoin.Problem)]) throws {
    guard let path = request.unmatched else { return }
    var text = "line,problem,detail\n"
    for (what, problem) in problems {
      let detail = problem.text.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"")
      text += "\(problem.line),\(what),\"\(detail)\"\n"
    }
    try AtomicFile.write(text, to: path)
  }
}
