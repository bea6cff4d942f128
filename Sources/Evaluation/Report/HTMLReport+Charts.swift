extension HTMLReport {
  static func rocChart(_ curves: [ROCCurve]) -> LineChart {
    let lines = curves.map { curve in
      LineChart.Series(
        name: "\(HTML.shortened(curve.label, to: 13)) \(decimal(curve.area, 3))",
        points: curve.points.map { ($0.falsePositiveRate, $0.truePositiveRate) })
    }
    let chance = LineChart.Series(name: "", points: [(0, 0), (1, 1)], isReference: true)
    return LineChart(
      title: "ROC and its area, each class against all others", xLabel: "false positive rate",
      yLabel: "true positive rate", series: [chance] + lines)
  }

  /// Nil where the monitored label has no peaks.
  static func thresholdChart(_ tuning: ThresholdTuning) -> LineChart? {
    guard let shares = tuning.trueShare, let value = tuning.value else { return nil }
    func line(_ name: String, _ values: [Double], dashed: Bool = false) -> LineChart.Series {
      LineChart.Series(
        name: HTML.shortened(name, to: 16), points: Array(zip(tuning.thresholds, values)),
        isDashed: dashed)
    }
    let differences = zip(shares, tuning.falseShare).map { $0 - $1 }
    return LineChart(
      title: "Peaks at or above a threshold of \(HTML.shortened(tuning.label, to: 24))",
      xLabel: "threshold", yLabel: "share of the peaks",
      series: [
        line(tuning.label, shares), line("all others", tuning.falseShare),
        line("difference", differences, dashed: true),
      ],
      yRange: min(0, differences.min() ?? 0)...1,
      marker: (value, "best: \(decimal(value, 2))"))
  }

  /// The training set's and the test set's values; nil where the history has neither.
  static func historyChart(_ history: TrainingHistory, title: String, column: String) -> LineChart?
  {
    let named = [("training set", column), ("test set", "val_\(column)")]
    let lines = named.compactMap { name, column -> LineChart.Series? in
      guard let values = history.columns[column] else { return nil }
      let points = zip(history.epochs, values).filter { $1.isFinite }
      return points.isEmpty ? nil : LineChart.Series(name: name, points: points.map { ($0, $1) })
    }
    let all = lines.flatMap { $0.points.map(\.y) }
    guard let lowest = all.min(), let highest = all.max(),
      let first = history.epochs.first, let last = history.epochs.last, last > first
    else { return nil }
    let room = max((highest - lowest) * 0.05, 1e-3)
    return LineChart(
      title: title, xLabel: "epoch", yLabel: title.lowercased(), series: lines,
      xRange: first...last, yRange: (lowest - room)...(highest + room),
      hasWholeX: true)
  }
}
