import Foundation
import Support

extension EvaluationReport {
  /// The whole report for a terminal.
  public var text: String {
    var parts = [overview, test.confusionText("Test"), validation.confusionText("Validation")]
    if let threshold { parts.append(threshold.text) }
    return parts.joined(separator: "\n")
  }

  private var overview: String {
    func row(_ name: String, _ value: (ClassificationReport) -> Double?) -> [String] {
      [name, decimal(value(test)), decimal(value(validation))]
    }
    return TextTable(rows: [
      ["", "test", "validation"], ["peaks", "\(test.count)", "\(validation.count)"],
      row("accuracy", \.accuracy), row("loss", \.loss), row("mae", \.meanAbsoluteError),
    ]).text
  }
}

extension ClassificationReport {
  /// The confusion matrix beside precision and recall.
  func confusionText(_ title: String) -> String {
    if count == 0 { return "\(title) set: no peaks\n" }
    var rows = [[""] + classes + ["precision", "recall"]]
    for (index, name) in classes.enumerated() {
      let counts = confusion[index].map(String.init)
      rows.append([name] + counts + [decimal(precision(index)), decimal(recall(index))])
    }
    return "\(title) set: peaks by true class (rows) and most probable class (columns)\n"
      + TextTable(rows: rows).text
  }
}

extension EvaluationReport.Threshold {
  /// The threshold, the AUC and the recall table.
  var text: String {
    guard let rows = EvaluationReport.Threshold.tableRows(tuning) else {
      return "Threshold for \(tuning.label): undefined, the validation set has no such peak\n"
    }
    return """
      Threshold for \(tuning.label) on the validation set: \(decimal(tuning.value, 2))
      Area under the ROC curve: \(decimal(roc?.area))

      Share of the peaks of each class at or above a threshold
      \(TextTable(rows: rows).text)
      """
  }

  /// The recall table with its header; nil where the label has no peaks.
  static func tableRows(_ tuning: ThresholdTuning) -> [[String]]? {
    guard let shares = tuning.trueShare else { return nil }
    let others = tuning.falseShareByClass
    let rows = tuning.thresholds.indices.map { step in
      let numbers = [shares[step], tuning.falseShare[step]] + others.map { $0.share?[step] }
      return [decimal(tuning.thresholds[step], 2)] + numbers.map { decimal($0) }
    }
    return [["threshold", tuning.label, "all others"] + others.map(\.label)] + rows
  }
}

/// A number with so many decimals; a dash for what is undefined.
func decimal(_ value: Double?, _ digits: Int = 4) -> String {
  value.map { String(format: "%.\(digits)f", $0) } ?? "–"
}
