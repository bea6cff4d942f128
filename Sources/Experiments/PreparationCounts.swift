import PeakData
import Support

/// What became of every class's labels.
struct PreparationCounts: Sendable, Equatable {
  struct Row: Sendable, Equatable {
    var name: String
    var labelled = 0
    var matched = 0
    var tooFewScans = 0
    /// No signal, a flat one, or one that is not finite.
    var empty = 0
    var outsideRun = 0
    /// In raw files that could not be read.
    var skipped = 0
    /// Left out by `--normalise-class`.
    var balancedOut = 0
    var train = 0
    var test = 0
    var validation = 0

    mutating func drop(_ fault: PeakMatrixFault) {
      switch fault {
      case .tooFewScans: tooFewScans += 1
      case .outsideRun: outsideRun += 1
      case .noSignal, .flat, .notFinite: empty += 1
      }
    }

    static func + (a: Row, b: Row) -> Row {
      var sum = a
      for part: WritableKeyPath<Row, Int> in [
        \.labelled, \.matched, \.tooFewScans, \.empty, \.outsideRun, \.skipped, \.balancedOut,
        \.train, \.test, \.validation,
      ] {
        sum[keyPath: part] += b[keyPath: part]
      }
      return sum
    }
  }

  /// By class.
  var rows: [Row]

  init(classes: [String]) { rows = classes.map { Row(name: $0) } }

  /// The table that `prepare` prints. Columns in which nothing is counted and that most runs do not
  /// have are left out.
  var text: String {
    let total = rows.dropFirst().reduce(rows[0], +)
    var columns: [(String, KeyPath<Row, Int>)] = [
      ("labelled", \.labelled), ("matched", \.matched), ("too few scans", \.tooFewScans),
      ("empty", \.empty), ("outside the run", \.outsideRun),
    ]
    if total.skipped > 0 { columns.append(("in skipped files", \.skipped)) }
    if total.balancedOut > 0 { columns.append(("balanced out", \.balancedOut)) }
    columns += [("train", \.train), ("test", \.test), ("validation", \.validation)]
    var table = TextTable(rows: [["class"] + columns.map(\.0)])
    for row in rows {
      table.rows.append([row.name] + columns.map { "\(row[keyPath: $0.1])" })
    }
    table.rows.append(["total"] + columns.map { "\(total[keyPath: $0.1])" })
    return table.text
  }
}
