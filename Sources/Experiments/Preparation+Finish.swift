import Foundation
import PeakData
import Support

extension Preparation {
  /// The valid labelled peaks, in the order of the feature table, whoever read them.
  struct Extracted {
    /// Positions in `Plan.peaks`.
    private(set) var positions: [Int] = []
    /// Of the same peaks.
    private(set) var matrices: PreparedMatrices
    private(set) var counts: PreparationCounts

    /// - Parameters:
    ///   - owners: by task, the peaks it was asked for, as indices into the feature table.
    ///   - extractions: by task; missing for a skipped file.
    init(
      _ plan: Plan, _ owners: [[Int]], _ extractions: [Int: SampleExtraction], matrixSize: Int
    ) {
      counts = plan.counts
      matrices = PreparedMatrices(
        files: owners.indices.map { extractions[$0]?.matrices ?? [] }, length: 2 * matrixSize)
      var places: [Int: PreparedMatrices.Place] = [:]
      places.reserveCapacity(plan.peaks.count)
      var faults: [Int: PeakMatrixFault] = [:]
      for (task, peaks) in owners.enumerated() {
        guard let extraction = extractions[task] else { continue }
        var slot = 0
        for (peak, outcome) in zip(peaks, extraction.outcomes) {
          switch outcome {
          case .valid:
            places[peak] = PreparedMatrices.Place(file: task, slot: slot)
            slot += 1
          case .invalid(let fault, _): faults[peak] = fault
          }
        }
      }
      for (position, peak) in plan.peaks.enumerated() {
        let row = Int(plan.labels[position])
        if let place = places[peak] {
          positions.append(position)
          matrices.places.append(place)
        } else if let fault = faults[peak] {
          counts.rows[row].drop(fault)
        } else {
          counts.rows[row].skipped += 1
        }
      }
    }
  }

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
      header: header(plan.classes), peaks: peaks(plan, found.positions), matrices: found.matrices,
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

  private func peaks(_ plan: Plan, _ positions: [Int]) -> [PreparedPeak] {
    let table = plan.experiment.table
    let files = table.files.map { URL(filePath: $0).lastPathComponent }
    let samples = plan.experiment.rawFiles.map { URL(filePath: $0).lastPathComponent }
    return positions.map { position in
      let peak = table.peaks[plan.peaks[position]]
      let sample = samples[peak.sample]
      return PreparedPeak(
        label: plan.labels[position], id: "\(files[peak.file]):\(peak.row):\(sample)",
        sample: sample, mz: peak.mz, rt: peak.rt,
        featureID: table.features[peak.feature].id ?? "\(peak.feature)", row: Int64(peak.row))
    }
  }

  /// A class that the training set lacks cannot be learnt.
  private func checkTraining(_ counts: PreparationCounts) throws {
    let missing = counts.rows.filter { $0.train == 0 }
    if missing.isEmpty { return }
    let names = missing.map(\.name).joined(separator: ", ")
    throw Failure(
      .badData, "the training set has no peak of class \(names)", at: request.out,
      expected: "at least one peak of every class", found: "\n" + counts.text,
      hint: "Lower --validation-split, another --seed, --exclude the class, or label more peaks.")
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
