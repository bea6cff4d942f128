import Foundation

/// A confusion matrix as inline SVG: rows are true classes, the shade is the share of the row.
struct ConfusionChart {
  var title: String
  var report: ClassificationReport

  var svg: String {
    let (cell, left, top) = (78, 130, 56)
    let side = report.classes.count * cell
    var parts: [String] = []
    for (row, name) in report.classes.enumerated() {
      let y = top + row * cell
      let label = HTML.escape(HTML.shortened(name, to: 18))
      parts.append(
        "<text class=\"tick\" x=\"\(left - 8)\" y=\"\(y + cell / 2 + 4)\" text-anchor=\"end\">"
          + "\(label)</text>")
      parts.append(
        "<text class=\"tick\" x=\"\(left + row * cell + cell / 2)\" y=\"\(top - 8)\" "
          + "text-anchor=\"middle\">\(HTML.escape(HTML.shortened(name, to: 12)))</text>")
      for column in report.classes.indices {
        parts.append(cellText(row, column, x: left + column * cell, y: y, side: cell))
      }
    }
    return """
      <svg viewBox="0 0 \(left + side + 20) \(top + side + 20)" role="img" \
      aria-label="\(HTML.escape(title))">
      <text class="title" x="10" y="20">\(HTML.escape(title))</text>
      \(parts.joined(separator: "\n"))
      </svg>
      """
  }

  private func cellText(_ row: Int, _ column: Int, x: Int, y: Int, side: Int) -> String {
    let count = report.confusion[row][column]
    let share = Double(count) / Double(max(report.support(row), 1))
    let opacity = String(format: "%.3f", 0.06 + 0.84 * share)
    let color = row == column ? LineChart.colors[0] : LineChart.colors[1]
    let ink = share > 0.6 ? "#fff" : "#222"
    let percent = String(format: "%.0f %%", 100 * share)
    return """
      <rect x="\(x + 1)" y="\(y + 1)" width="\(side - 2)" height="\(side - 2)" rx="4" \
      fill="\(color)" fill-opacity="\(opacity)"/>\
      <text x="\(x + side / 2)" y="\(y + side / 2)" text-anchor="middle" fill="\(ink)" \
      font-size="17">\(count)</text>\
      <text x="\(x + side / 2)" y="\(y + side / 2 + 18)" text-anchor="middle" fill="\(ink)" \
      font-size="11">\(percent)</text>
      """
  }
}
