import PeakData
import Support

/// Labelled peaks with their matrices, put into the three sets: what `prepare` writes.
struct PreparedBatches: BatchSource {
  let header: BatchesHeader
  let place = "the prepared peaks"
  /// The peaks of all sets, in the order of the feature table.
  let peaks: [PreparedPeak]
  /// Their matrices, 2 × matrix size floats each, in the same order.
  let matrices: [Float]
  let split: BatchSplit

  func count(_ split: Split) -> Int { positions(split).count }

  func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    let (positions, size) = (positions(split), 2 * header.matrixSize)
    matrices.withUnsafeBufferPointer { source in
      for (slot, index) in range.enumerated() {
        let first = positions[index] * size
        (target + slot * size).update(from: source.baseAddress! + first, count: size)
      }
    }
  }

  func readLabels(_ split: Split) throws -> [Int32] { positions(split).map { peaks[$0].label } }

  func readIDs(_ split: Split) throws -> [String] { positions(split).map { peaks[$0].id } }

  /// Where each peak of a split came from.
  func columns(_ split: Split) -> PeakColumns {
    let chosen = positions(split).map { peaks[$0] }
    return PeakColumns(
      sample: chosen.map(\.sample), mz: chosen.map(\.mz), rt: chosen.map(\.rt),
      featureID: chosen.map(\.featureID), row: chosen.map(\.row))
  }

  private func positions(_ split: Split) -> [Int] { self.split.positions[split] ?? [] }
}

/// One peak on its way into `batches.h5`.
struct PreparedPeak: Sendable, Equatable {
  /// Index into the classes.
  var label: Int32
  /// `table.csv:17:sample.mzML`: the file of the feature table, its row, and the raw file.
  var id: String
  var sample: String
  var mz: Double
  /// Minutes.
  var rt: Double
  /// The feature's id in the table; where it has none, NeatMS's running number of the feature.
  var featureID: String
  var row: Int64
}
