/// A label and the peak it is for.
struct FoundLabel {
  var peak: Int32
  /// Index into the label table's rows.
  var row: Int32
}

/// Labels by peak: the same class said twice is one label, different ones are a conflict.
struct MergedLabels {
  /// Ascending.
  private(set) var peaks: [Int] = []
  /// Of each of `peaks`.
  private(set) var classes: [Int32] = []
  private(set) var conflicting: [LabelJoin.Problem] = []
  private(set) var repeated = 0
  private let table: LabelTable
  private let classOf: [Int32]

  /// - Parameters:
  ///   - found: in the order of the table's rows.
  ///   - classOf: by index into the table's `labels`: its class.
  ///   - peakCount: how many peaks there are, labelled or not.
  init(_ found: [FoundLabel], _ table: LabelTable, classOf: [Int32], peakCount: Int) {
    self.table = table
    self.classOf = classOf
    peaks.reserveCapacity(found.count)
    classes.reserveCapacity(found.count)
    let order = CountingOrder.sorted(
      Array(0..<Int32(found.count)), by: found.map(\.peak), keyCount: peakCount)
    let rows = table.rows
    let names = found.map { classOf[Int(rows[Int($0.row)].label)] }
    var first = 0
    while first < order.count {
      let peak = found[Int(order[first])].peak
      var next = first + 1
      while next < order.count, found[Int(order[next])].peak == peak { next += 1 }
      let (own, name) = (order[first..<next], names[Int(order[first])])
      if own.allSatisfy({ names[Int($0)] == name }) {
        peaks.append(Int(peak))
        classes.append(name)
        repeated += own.count - 1
      } else {
        addConflict(own.map { rows[Int(found[Int($0)].row)] })
      }
      first = next
    }
    conflicting.sort { $0.line < $1.line }
  }

  /// Lists the labels of a peak that are of several classes.
  private mutating func addConflict(_ labels: [LabelTable.Row]) {
    // At most three of a class: whoever looks for three of other classes passes few.
    var counts: [Int32: Int] = [:]
    var shown: [LabelTable.Row] = []
    for label in labels {
      let name = classOf[Int(label.label)]
      counts[name, default: 0] += 1
      if counts[name, default: 0] <= 3 { shown.append(label) }
    }
    for label in labels {
      let name = classOf[Int(label.label)]
      let others = labels.count - counts[name, default: 0]
      let list = shown.lazy.filter { [classOf] in classOf[Int($0.label)] != name }.prefix(3)
        .map { [table] in "\(table.labels.all[Int($0.label)]) in line \($0.line)" }
      conflicting.append(
        LabelJoin.Problem(
          label, table,
          "the same peak is " + list.joined(separator: ", ") + (others > 3 ? ", …" : "")))
    }
  }
}
