import Foundation
import Support

/// One self-contained page about a model: no script, nothing loaded from elsewhere.
public struct HTMLReport {
  private let report: EvaluationReport
  /// One a class, against all others, on the validation set; without those that are undefined.
  private let curves: [ROCCurve]
  private let threshold: EvaluationReport.Threshold
  private let history: TrainingHistory?

  /// - Parameters:
  ///   - validation: what the model says about the validation set of `report`.
  ///   - history: the training's history, where it is known.
  public init(
    _ report: EvaluationReport, validation: LabelledPredictions, history: TrainingHistory?
  ) {
    self.report = report
    curves = validation.classes.indices.compactMap { ROCCurve(validation, label: $0) }
    threshold = report.threshold ?? EvaluationReport.Threshold(validation, label: 0)
    self.history = history
  }

  public var html: String {
    let name = HTML.escape(report.model)
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(name): evaluation</title>
      <style>
      \(HTML.style)
      </style></head><body><main>
      <h1>How well the model classifies peaks</h1>
      <p>Model <code>\(name)</code>, data <code>\(HTML.escape(report.data))</code></p>
      <p class="note">neatms-evaluate \(packageVersion)</p>
      \(overview)
      \(confusion)
      \(validationCurves)
      \(learningCurves)
      </main></body></html>

      """
  }

  private var overview: String {
    let (test, validation) = (report.test, report.validation)
    let rows = [
      ["", "test set", "validation set"], ["peaks", "\(test.count)", "\(validation.count)"],
      ["accuracy", decimal(test.accuracy), decimal(validation.accuracy)],
      ["loss", decimal(test.loss), decimal(validation.loss)],
      [
        "mean absolute error", decimal(test.meanAbsoluteError),
        decimal(validation.meanAbsoluteError),
      ],
    ]
    let cards = [("Test set", test), ("Validation set", validation)].map { title, set in
      card("<p><strong>\(title)</strong></p>" + classTable(set))
    }
    return """
      <h2>Overview</h2><div class="row">\(card(HTML.table(rows)))</div>
      <h2>Per class</h2><div class="row">\(cards.joined())</div>
      """
  }

  private func classTable(_ set: ClassificationReport) -> String {
    if set.count == 0 { return "<p>No peaks.</p>" }
    let rows = set.classes.indices.map { index in
      [
        set.classes[index], "\(set.support(index))", decimal(set.precision(index)),
        decimal(set.recall(index)),
      ]
    }
    return HTML.table([["class", "peaks", "precision", "recall"]] + rows)
  }

  private var confusion: String {
    let charts = [("Test set", report.test), ("Validation set", report.validation)]
      .filter { $0.1.count > 0 }
      .map { card(ConfusionChart(title: $0, report: $1).svg) }
    return """
      <h2>Confusion</h2><p class="note">Rows: the true class. Columns: the most probable one. Shade \
      and percentage: the share of the row.</p><div class="row">\(charts.joined())</div>
      """
  }

  private func card(_ content: String) -> String { "<div class=\"card\">\(content)</div>\n" }

  private var validationCurves: String {
    let roc = curves.isEmpty ? "" : card(HTMLReport.rocChart(curves).svg)
    let tuning = HTMLReport.thresholdChart(threshold.tuning).map { card($0.svg) } ?? ""
    if roc.isEmpty && tuning.isEmpty { return "" }
    let table = EvaluationReport.Threshold.tableRows(threshold.tuning).map {
      "<details><summary>The table behind it</summary>\(HTML.table($0))</details>"
    }
    return """
      <h2>Threshold</h2><p class="note">On the validation set. A peak whose probability for \
      \(HTML.escape(threshold.tuning.label)) reaches the threshold gets that label, as in NeatMS.</p>
      <div class="row">\(roc)\(tuning)</div>\(table ?? "")
      """
  }

  private var learningCurves: String {
    guard let history, history.epochs.count > 1 else { return "" }
    let charts = [("Loss", "loss"), ("Accuracy", "accuracy")].compactMap { title, column in
      HTMLReport.historyChart(history, title: title, column: column).map { card($0.svg) }
    }
    return "<h2>Training</h2><div class=\"row\">\(charts.joined())</div>"
  }
}
