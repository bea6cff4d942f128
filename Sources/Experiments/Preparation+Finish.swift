import Foundation
import PeakData
import Support

extension Preparation {
  /// Splits, checks, writes; returns the printed table.
  func finish(_ plan: Plan, _ found: Extracted) throws -> String {
    let labels = found.positions.map { plan.labels[$0] }
    let split = BatchSplit(
      labels: labels, classCount: plan.classes.count, fraction: request.validationSplit,
      normaliseClass: request.normaliseClass, seed: request.seed)
    var counts = found.counts
    for (row, left) in split.balancedOut.enumerated() { counts.rows[row].balancedOut = left }
    for (part, column): (Split, WritableKeyPath<PreparationCounts.Row, Int>) in [
      (.train, \.train), (.test, \.test), (.validation, \.validation),
    ] {
      for position in split.positions[part] ?? [] {
        counts.rows[Int(labels[position])][keyPath: column] += 1
      }
    }
    try checkTraining(counts)
    warn(counts)
    let batches = PreparedBatches(
      header: header(plan.classes), experiment: plan.experiment,
      peaks: found.positions.map { plan.peaks[$0] }, labels: labels, matrices: found.matrices,
      split: split)
    try BatchesWriter.write(batches, to: request.out) { batches.columns($0) }
    console.say("\(request.out): \(found.positions.count) peaks")
    return counts.text
  }

  private func header(_ classes: [String]) -> BatchesHeader {
    let names = [request.labels, request.features, request.raw].map {
      URL(filePath: $0).lastPathComponent
    }
    return BatchesHeader(
      matrixSize: request.rule.matrixSize, margin: request.rule.margin,
      minScanNum: request.rule.minScanNum, classes: classes, seed: request.seed,
      validationSplit: request.validationSplit,
      source: "\(names[0]) on \(names[1]) (\(request.format.rawValue)), raw files of \(names[2])")
  }

  /// A class that the training set lacks cannot be learnt.
  private func checkTraining(_ counts: PreparationCounts) throws {
    let missing = counts.rows.filter { $0.train == 0 }
    if missing.isEmpty { return }
    let names = missing.map { $0.name.contains(",") ? "\"\($0.name)\"" : $0.name }
      .joined(separator: ", ")
    let short = missing.reduce(0) { $0 + $1.tooFewScans }
    let scans = short > 0 ? "Lower --min-scan-num (\(short) of its peaks have fewer scans), " : ""
    console.warn(counts.text)
    let without = missing.filter { $0.test + $0.validation + $0.balancedOut == 0 }
      .map { "\($0.matched) \($0.name)" }
    throw Failure(
      .badData, "the training set has no peak of class \(names)", at: request.labels,
      expected: "at least one peak of every class",
      found: without.isEmpty ? nil : "none valid of " + without.joined(separator: ", "),
      hint: scans + (scans.isEmpty ? "Lower" : "lower")
        + " --validation-split, another --seed, --exclude the class, or label more peaks.")
  }

  /// NeatMS's advice on training sets.
  private func warn(_ counts: PreparationCounts) {
    let small = counts.rows.filter { $0.train + $0.test + $0.validation < Self.enough }
    if !small.isEmpty {
      let names = small.map { "\($0.name) (\($0.train + $0.test + $0.validation))" }
      console.warn(
        "Warning: fewer than \(Self.enough) peaks in \(names.joined(separator: ", ")): start from "
          + "a trained network (train --model FILE.h5) rather than from scratch.")
    }
    if request.validationSplit > 0.2 {
      console.warn(
        "Warning: --validation-split \(request.validationSplit) takes two such parts away from "
          + "training; NeatMS advises at most 0.2.")
    }
  }

  /// Below so many peaks a class, NeatMS's page "Neural network training" advises transfer learning.
  static let enough = 500
}
