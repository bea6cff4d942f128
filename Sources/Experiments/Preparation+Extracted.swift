import PeakData

extension Preparation {
  /// The valid labelled peaks, in the order of the feature table, whoever read them.
  struct Extracted {
    /// Positions in `Plan.peaks`.
    private(set) var positions: [Int] = []
    /// Of the same peaks.
    private(set) var matrices: PreparedMatrices
    private(set) var counts: PreparationCounts

    private enum Fate {
      /// In a raw file that was left out.
      case unread
      case valid(PreparedMatrices.Place)
      case invalid(PeakMatrixFault)
    }

    /// - Parameters:
    ///   - owners: by task, the peaks it was asked for, as indices into the feature table.
    ///   - extractions: by task; nil for a skipped file.
    init(
      _ plan: Plan, _ owners: [[Int]], _ extractions: [ReceivedExtraction?], matrixSize: Int
    ) {
      counts = plan.counts
      matrices = PreparedMatrices(
        files: extractions.map { $0?.matrices ?? [] }, length: 2 * matrixSize)
      let fates = Self.fates(
        owners, extractions, peakCount: plan.experiment.table.peaks.count)
      positions.reserveCapacity(plan.peaks.count)
      matrices.places.reserveCapacity(plan.peaks.count)
      for (position, peak) in plan.peaks.enumerated() {
        switch fates[peak] {
        case .valid(let place):
          positions.append(position)
          matrices.places.append(place)
        case .invalid(let fault): counts.rows[Int(plan.labels[position])].drop(fault)
        case .unread: counts.rows[Int(plan.labels[position])].skipped += 1
        }
      }
    }

    /// By peak of the feature table.
    private static func fates(
      _ owners: [[Int]], _ extractions: [ReceivedExtraction?], peakCount: Int
    ) -> [Fate] {
      var fates = [Fate](repeating: .unread, count: peakCount)
      for (task, peaks) in owners.enumerated() {
        guard let extraction = extractions[task] else { continue }
        var slot: Int32 = 0
        for (peak, outcome) in zip(peaks, extraction.outcomes) {
          switch outcome {
          case .valid:
            fates[peak] = .valid(PreparedMatrices.Place(file: Int32(task), slot: slot))
            slot += 1
          case .invalid(let fault, _): fates[peak] = .invalid(fault)
          }
        }
      }
      return fates
    }
  }
}
