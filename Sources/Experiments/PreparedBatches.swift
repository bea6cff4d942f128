import PeakData
import Support

/// Labelled peaks with their matrices, put into the three sets: what `prepare` writes.
struct PreparedBatches: BatchSource {
  let header: BatchesHeader
  let place = "the prepared peaks"
  /// The peaks of all sets, in the order of the feature table.
  let peaks: [PreparedPeak]
  /// Their matrices, in the same order.
  let matrices: PreparedMatrices
  let split: BatchSplit

  func count(_ split: Split) -> Int { positions(split).count }

  func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    let positions = positions(split)
    for (slot, index) in range.enumerated() {
      matrices.copy(positions[index], to: target + slot * matrices.length)
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

/// Matrices where the raw files' extractions left them: those of a whole experiment are not copied.
struct PreparedMatrices: Sendable {
  /// A raw file, and the matrix's place among those of the file.
  struct Place: Sendable {
    var file: Int
    var slot: Int
  }

  let files: [[Float]]
  /// Floats of a matrix.
  let length: Int
  var places: [Place] = []

  init(files: [[Float]], length: Int) {
    self.files = files
    self.length = length
  }

  func copy(_ index: Int, to target: UnsafeMutablePointer<Float>) {
    let place = places[index]
    files[place.file].withUnsafeBufferPointer { file in
      let matrix = file[(place.slot * length)..<((place.slot + 1) * length)]
      _ = UnsafeMutableBufferPointer(start: target, count: length).update(fromContentsOf: matrix)
    }
  }
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
