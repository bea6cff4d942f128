/// Rows of cells in aligned columns: the first to the left, all others to the right.
public struct TextTable {
  public var rows: [[String]]

  public init(rows: [[String]]) { self.rows = rows }

  public var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let spaces = String(repeating: " ", count: widths[column] - cell.count)
        line += column == 0 ? cell + spaces : "  " + spaces + cell
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
