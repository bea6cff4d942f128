/// Pieces of HTML.
enum HTML {
  /// Text for element content and quoted attributes.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  static func shortened(_ text: String, to length: Int) -> String {
    text.count <= length ? text : text.prefix(length - 1) + "…"
  }

  /// A table whose first row and first column are headers.
  static func table(_ rows: [[String]]) -> String {
    let lines = rows.enumerated().map { number, row in
      let cells = row.enumerated().map { column, cell in
        let tag = number == 0 || column == 0 ? "th" : "td"
        return "<\(tag)>\(escape(cell))</\(tag)>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    return "<table>\n\(lines.joined(separator: "\n"))\n</table>"
  }

  static let style = """
    body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #f4f5f7; margin: 0 }
    main { max-width: 1000px; margin: 0 auto; padding: 28px 20px 60px }
    h1 { font-size: 24px; margin: 0 0 4px } h2 { font-size: 18px; margin: 34px 0 10px }
    p { margin: 4px 0 } code { font-size: 13px; overflow-wrap: anywhere } .note { color: #666 }
    .row { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start }
    .card { background: #fff; border: 1px solid #e2e4e8; border-radius: 8px; padding: 14px;
      box-sizing: border-box; flex: 1 1 420px; min-width: 0; max-width: 100% }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums }
    th, td { padding: 4px 14px 4px 0; text-align: right; font-weight: normal }
    th:first-child { text-align: left } tr:first-child th { color: #666 }
    tr + tr > * { border-top: 1px solid #eceef1 } svg { width: 100%; height: auto; display: block }
    svg text { font-family: system-ui, sans-serif } svg .title { font-size: 14px;
      font-weight: 600 } svg .tick { font-size: 11px; fill: #444 } svg .axis { font-size: 12px; fill: #555 }
    .grid { stroke: #e6e8ec; fill: none } .line { fill: none; stroke-width: 2;
      stroke-linejoin: round } .marker { stroke: #555; stroke-dasharray: 2 3; fill: none }
    details { margin-top: 12px } summary { cursor: pointer }
    """
}
