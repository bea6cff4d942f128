import Foundation

extension EvaluationReport {
  /// One JSON object with the keys, and their order, of `--json`'s description in
  /// `docs/formats.md`. What is undefined (the mean of no peaks, the threshold of a label without
  /// peaks) is null; `threshold` is null where no label was asked for.
  public var json: String {
    """
    {"model": \(JSONText.string(model)), "classes": \(JSONText.list(classes, JSONText.string)),
     "test": \(test.json),
     "validation": \(validation.json),
     "threshold": \(threshold?.json ?? "null")}
    """
  }
}

extension EvaluationReport.Threshold {
  fileprivate var json: String {
    """
    {"label": \(JSONText.string(tuning.label)), "value": \(JSONText.number(tuning.value)), \
    "auc": \(JSONText.number(roc?.area))}
    """
  }
}

extension ClassificationReport {
  fileprivate var json: String {
    """
    {"count": \(count), "accuracy": \(JSONText.number(accuracy)), \
    "loss": \(JSONText.number(loss)), "mae": \(JSONText.number(meanAbsoluteError)), \
    "confusion": \(JSONText.list(confusion) { JSONText.list($0, String.init) })}
    """
  }
}

/// Pieces of JSON, for objects whose keys stay in the order written.
private enum JSONText {
  /// Null for nil and for what JSON has no number for.
  static func number(_ value: Double?) -> String {
    value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "null"
  }

  static func list<T>(_ values: [T], _ text: (T) -> String) -> String {
    "[" + values.map(text).joined(separator: ", ") + "]"
  }

  static func string(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..<" ": quoted += String(format: "\\u%04x", scalar.value)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
