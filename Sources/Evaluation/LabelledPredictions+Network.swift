import Model
import PeakData
import Support

extension LabelledPredictions {
  /// What `net` says about every peak of a set, read in slabs: memory grows with the peaks' number
  /// of probabilities only.
  /// - Throws: `Failure`: what `checkFit` and `source` throw, and `.badData` where the model gives
  ///   no number.
  public init(of net: PeakNet, on source: some BatchSource, _ split: Split) throws {
    try checkFit(net.architecture, modelClasses: nil, modelPlace: "the model", source)
    let (slab, count) = (512, source.count(split))
    let (size, classes) = (net.architecture.input.count, net.architecture.classCount)
    let matrices = AlignedBuffer(count: min(slab, count) * size)
    let outputs = AlignedBuffer(count: min(slab, count) * classes)
    var probabilities: [Float] = []
    probabilities.reserveCapacity(count * classes)
    for start in stride(from: 0, to: count, by: slab) {
      let rows = start..<min(start + slab, count)
      try source.readMatrices(split, rows, into: matrices.pointer)
      net.predict(matrices.pointer, count: rows.count, into: outputs.pointer)
      probabilities += outputs[0..<(rows.count * classes)]
    }
    try self.init(
      probabilities: probabilities, labels: source.readLabels(split),
      classes: source.header.classes)
  }
}

/// Checks that a model and labelled peaks belong together.
/// - Parameters:
///   - modelClasses: class names that the model's file holds, if any.
///   - modelMargin: the margin that the model's file holds, if any.
///   - modelPlace: the model's file, for the message.
/// - Throws: `Failure(.badData)` naming both sides: another matrix size, number of classes, other
///   class names, or another margin.
public func checkFit(
  _ architecture: Architecture, modelClasses: [String]?, modelMargin: Double? = nil,
  modelPlace: String, _ source: some BatchSource
) throws {
  let header = source.header
  let place = "\(modelPlace) and \(source.place)"
  if architecture.matrixSize != header.matrixSize {
    throw Failure(
      .badData, "the model is for other matrices than the data has", at: place,
      expected: "matrices of \(architecture.matrixSize) points (the model)",
      found: "\(header.matrixSize) points (the data)",
      hint: "Prepare the data with --matrix-size \(architecture.matrixSize), or train a new model.")
  }
  let known = modelClasses.map { ": \($0.joined(separator: ", "))" } ?? ""
  if architecture.classCount != header.classes.count
    || modelClasses.map({ $0 != header.classes }) ?? false
  {
    throw Failure(
      .badData, "the model is for other classes than the data has", at: place,
      expected: "\(architecture.classCount) classes (the model)\(known)",
      found: "\(header.classes.count) classes (the data): "
        + header.classes.joined(separator: ", "),
      hint: classHint(architecture.classCount, modelClasses, header.classes))
  }
  if let modelMargin, let margin = header.margin, modelMargin != margin {
    throw Failure(
      .badData, "the model is for another margin than the data has", at: place,
      expected: "a margin of \(modelMargin) (the model)", found: "\(margin) (the data)",
      hint: "Prepare the data with --margin \(modelMargin).")
  }
}

/// What to do about other classes: give the data the model's names, or the model the data's classes.
private func classHint(_ count: Int, _ own: [String]?, _ data: [String]) -> String {
  let train = "neatms-dist train --new-classifier adapts the model to the data's classes."
  guard let own, data.count == count else { return train }
  let missing = own.first { !data.contains($0) } ?? own[0]
  let other = data.first { !own.contains($0) } ?? data[0]
  return "Where only the names differ, prepare the data with the model's, one --merge a name "
    + "(--merge \(other)=\(missing), if that is what it means); else "
    + train
}
