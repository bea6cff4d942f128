/// The table of Keras's `model.summary()`, in the layout of Keras 2.2 and 2.3 that NeatMS's
/// documentation shows ("Neural network training").
public struct ModelSummary: Sendable {
  public var architecture: Architecture
  /// Names of layers that are not trained: those given, and those that say so themselves.
  public var frozen: Set<String>
  /// Whether a last column says Y or N for every layer, as `summary(show_trainable=True)` does.
  public var showsTrainable: Bool

  public init(
    _ architecture: Architecture, frozen: Set<String> = [], showsTrainable: Bool = false
  ) {
    self.architecture = architecture
    self.frozen = frozen.union(architecture.layers.filter { !$0.trainable }.map(\.name))
    self.showsTrainable = showsTrainable
  }

  /// The trainable parameters, and those of frozen layers.
  public var parameterCounts: (trainable: Int, frozen: Int) {
    let layout = ParameterLayout(architecture)
    let held = layout.tensors.filter { frozen.contains($0.layer) }.reduce(0) { $0 + $1.count }
    return (layout.count - held, held)
  }

  public var text: String { lines.joined(separator: "\n") }

  /// Line by line, padded with spaces as Keras does.
  public var lines: [String] {
    let rule = String(repeating: "_", count: width)
    let double = String(repeating: "=", count: width)
    var lines = ["Model: \"\(architecture.name)\"", rule]
    lines.append(line(["Layer (type)", "Output Shape", "Param #", "Trainable"]))
    lines.append(double)
    let rows = rows
    for (index, row) in rows.enumerated() {
      lines.append(line(row))
      lines.append(index == rows.count - 1 ? double : rule)
    }
    let counts = parameterCounts
    lines.append("Total params: \(ModelSummary.grouped(counts.trainable + counts.frozen))")
    lines.append("Trainable params: \(ModelSummary.grouped(counts.trainable))")
    lines.append("Non-trainable params: \(ModelSummary.grouped(counts.frozen))")
    lines.append(rule)
    return lines
  }

  /// Where each column ends: 45 %, 85 % and all of Keras's 65 characters; the column Trainable
  /// takes 11 more.
  private var columnEnds: [Int] { [29, 55, 65] + (showsTrainable ? [76] : []) }

  private var width: Int { showsTrainable ? 76 : 65 }

  private var rows: [[String]] {
    let layout = ParameterLayout(architecture)
    func row(_ name: String, _ type: String, _ shape: SampleShape, _ count: Int) -> [String] {
      ["\(name) (\(type))", describe(shape), "\(count)", frozen.contains(name) ? "N" : "Y"]
    }
    let input = row(architecture.inputName, "InputLayer", architecture.input, 0)
    return [input]
      + zip(architecture.layers, architecture.outputShapes).enumerated().map { index, pair in
        let count = layout.tensors(ofLayer: index).reduce(0) { $0 + $1.count }
        return row(pair.0.name, pair.0.className, pair.1, count)
      }
  }

  private func describe(_ shape: SampleShape) -> String {
    shape.isFlat
      ? "(None, \(shape.channels))"
      : "(None, \(shape.height), \(shape.width), \(shape.channels))"
  }

  /// One row: every field is cut to its column, the last character of which is a space wherever
  /// another column follows.
  private func line(_ fields: [String]) -> String {
    var line = ""
    for (field, end) in zip(fields, columnEnds) {
      if !line.isEmpty { line = line.dropLast() + " " }
      line = String((line + field).prefix(end))
      line += String(repeating: " ", count: end - line.count)
    }
    return line
  }

  /// Digits in groups of three with commas: 1,002,883.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
