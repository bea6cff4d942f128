import Foundation

/// A chart of lines with axes, ticks and a legend, drawn as inline SVG.
struct LineChart {
  struct Series {
    var name: String
    var points: [(x: Double, y: Double)]
    var isDashed = false
    /// Gray, and not counted among the colours: a reference line.
    var isReference = false
  }

  var title: String
  var xLabel: String
  var yLabel: String
  var series: [Series]
  var xRange: ClosedRange<Double> = 0...1
  var yRange: ClosedRange<Double> = 0...1
  /// No ticks between whole numbers of x.
  var hasWholeX = false
  /// A vertical line with a caption.
  var marker: (x: Double, caption: String)?

  /// Okabe and Ito's colours, told apart also by the colour-blind.
  static let colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

  // Inner plot area within a drawing 460 wide.
  private static let (left, top, width, height) = (56.0, 34.0, 388.0, 246.0)

  var svg: String {
    """
    <svg viewBox="0 0 460 \(324 + 16 * legendRows)" role="img" aria-label="\(HTML.escape(title))">
    <text class="title" x="\(Self.left)" y="20">\(HTML.escape(title))</text>
    \(axes)
    \(lines)
    \(markerLine)
    \(legend)
    </svg>
    """
  }

  private func x(_ value: Double) -> String {
    let share = (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
    return String(format: "%.1f", Self.left + Self.width * share)
  }

  private func y(_ value: Double) -> String {
    let share = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
    return String(format: "%.1f", Self.top + Self.height * (1 - share))
  }

  private var axes: String {
    let (right, bottom) = (Self.left + Self.width, Self.top + Self.height)
    var parts: [String] = []
    for tick in Self.ticks(xRange, atLeast: hasWholeX ? 1 : 0) {
      parts.append("<path class=\"grid\" d=\"M\(x(tick)) \(Self.top)V\(bottom)\"/>")
      parts.append(
        "<text class=\"tick\" x=\"\(x(tick))\" y=\"\(bottom + 16)\" text-anchor=\"middle\">"
          + "\(Self.label(tick))</text>")
    }
    for tick in Self.ticks(yRange) {
      parts.append("<path class=\"grid\" d=\"M\(Self.left) \(y(tick))H\(right)\"/>")
      parts.append(
        "<text class=\"tick\" x=\"\(Self.left - 6)\" y=\"\(y(tick))\" dy=\"4\" "
          + "text-anchor=\"end\">\(Self.label(tick))</text>")
    }
    let (centerX, centerY) = (Self.left + Self.width / 2, Self.top + Self.height / 2)
    parts.append(
      "<text class=\"axis\" x=\"\(centerX)\" y=\"\(bottom + 36)\" text-anchor=\"middle\">"
        + "\(HTML.escape(xLabel))</text>")
    parts.append(
      "<text class=\"axis\" transform=\"translate(14 \(centerY)) rotate(-90)\" "
        + "text-anchor=\"middle\">\(HTML.escape(yLabel))</text>")
    return parts.joined(separator: "\n")
  }

  private var colored: [(series: Series, color: String)] {
    var next = 0
    return series.map { series in
      if series.isReference { return (series, "#999") }
      defer { next += 1 }
      return (series, Self.colors[next % Self.colors.count])
    }
  }

  private var lines: String {
    colored.map { series, color in
      let points = series.points.map { "\(x($0.x)),\(y($0.y))" }.joined(separator: " ")
      return
        "<polyline class=\"line\" stroke=\"\(color)\"\(Self.dash(series)) points=\"\(points)\"/>"
    }.joined(separator: "\n")
  }

  private static func dash(_ series: Series) -> String {
    series.isDashed || series.isReference ? " stroke-dasharray=\"5 4\"" : ""
  }

  private var markerLine: String {
    guard let marker else { return "" }
    let isLeft = marker.x < (xRange.lowerBound + xRange.upperBound) / 2
    return """
      <path class="marker" d="M\(x(marker.x)) \(Self.top)V\(Self.top + Self.height)"/>
      <text class="tick" x="\(x(marker.x))" dx="\(isLeft ? 5 : -5)" y="\(Self.top + 12)" \
      text-anchor="\(isLeft ? "start" : "end")">\(HTML.escape(marker.caption))</text>
      """
  }

  private var legendRows: Int { (series.count { !$0.isReference } + 2) / 3 }

  /// Under the axis, three names a row.
  private var legend: String {
    colored.filter { !$0.series.isReference }.enumerated().map { index, entry in
      let (row, column) = index.quotientAndRemainder(dividingBy: 3)
      let (x, y) = (20 + 146 * column, 330 + 16 * row)
      return """
        <path class="line" stroke="\(entry.color)"\(Self.dash(entry.series)) \
        d="M\(x) \(y)h18"/><text class="tick" x="\(x + 23)" y="\(y + 4)">\
        \(HTML.escape(entry.series.name))</text>
        """
    }.joined(separator: "\n")
  }

  /// Round numbers inside a range, about six.
  private static func ticks(_ range: ClosedRange<Double>, atLeast: Double = 0) -> [Double] {
    let rough = max((range.upperBound - range.lowerBound) / 6, atLeast)
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  private static func label(_ value: Double) -> String {
    let text = String(format: "%.3f", value)
    let short = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return short.isEmpty ? "0" : String(short.reversed())
  }
}
