import PeakData
import Support

/// How many peaks got each label, and how many got none and why.
struct PredictionCounts: Sendable, Equatable {
  let classes: [String]
  /// By class.
  private(set) var labelled: [Int]
  /// Of these, peaks whose most probable class is another one.
  private(set) var promoted: [Int]
  private(set) var unread = 0
  private(set) var faults: [PeakMatrixFault: Int] = [:]

  init(classes: [String]) {
    self.classes = classes
    labelled = [Int](repeating: 0, count: classes.count)
    promoted = labelled
  }

  mutating func add(label: Int, isPromoted: Bool) {
    labelled[label] += 1
    if isPromoted { promoted[label] += 1 }
  }

  mutating func leaveOut(_ fate: PredictionResults.Fate) {
    switch fate {
    case .valid: break
    case .unread: unread += 1
    case .invalid(let fault): faults[fault, default: 0] += 1
    }
  }

  var total: Int { labelled.reduce(0, +) }
  var leftOut: Int { faults.values.reduce(unread, +) }

  /// The table that `predict` prints. The column of the threshold is there where it decided.
  var text: String {
    let isRaised = promoted.contains { $0 > 0 }
    var table = TextTable(rows: [["label", "peaks"] + (isRaised ? ["by threshold"] : [])])
    for (name, (count, raised)) in zip(classes, zip(labelled, promoted)) {
      table.rows.append([name, "\(count)"] + (isRaised ? ["\(raised)"] : []))
    }
    let raised = promoted.reduce(0, +)
    table.rows.append(["total", "\(total)"] + (isRaised ? ["\(raised)"] : []))
    return table.text
  }

  /// "12 too few scans, 3 no signal"; empty where every peak is labelled.
  var reasons: String {
    var parts = PeakMatrixFault.allCases.compactMap { fault in
      faults[fault].map { "\($0) \(fault.rawValue)" }
    }
    if unread > 0 { parts.append("\(unread) in skipped files") }
    return parts.joined(separator: ", ")
  }
}
