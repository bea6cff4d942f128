import Foundation
import PeakData
import Support

/// Labelled peaks with their matrices, put into the three sets: what `prepare` writes.
struct PreparedBatches: BatchSource {
  let header: BatchesHeader
  let place = "the prepared peaks"
  private let table: FeatureTable
  /// Names without folders: of the feature tables, and of each sample's raw file.
  private let files: [String]
  private let samples: [String]
  /// The peaks of all sets, in the order of the feature table: indices into it.
  private let peaks: [Int]
  /// The class of each.
  private let labels: [Int32]
  /// The matrix of each.
  private let matrices: PreparedMatrices
  private let split: BatchSplit

  /// - Parameters:
  ///   - peaks: ascending indices into the feature table; `labels` and `matrices` are of the same,
  ///     and the split's positions are those in `peaks`.
  init(
    header: BatchesHeader, experiment: Experiment, peaks: [Int], labels: [Int32],
    matrices: PreparedMatrices, split: BatchSplit
  ) {
    self.header = header
    table = experiment.table
    files = table.files.map { URL(filePath: $0).lastPathComponent }
    samples = experiment.rawFiles.map { URL(filePath: $0).lastPathComponent }
    (self.peaks, self.labels, self.matrices, self.split) = (peaks, labels, matrices, split)
  }

  func count(_ split: Split) -> Int { positions(split).count }

  func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    matrices.copy(positions(split)[range], to: target)
  }

  func readLabels(_ split: Split) throws -> [Int32] { positions(split).map { labels[$0] } }

  /// `table.csv:17:sample.mzML`: the file of the feature table, its row, and the raw file.
  func readIDs(_ split: Split) throws -> [String] {
    positions(split).map { position in
      let peak = table.peaks[peaks[position]]
      let (file, sample) = (files[peak.file], samples[peak.sample])
      var id = ""
      id.reserveCapacity(file.utf8.count + sample.utf8.count + 12)
      id += file
      id += ":"
      id += String(peak.row)
      id += ":"
      id += sample
      return id
    }
  }

  /// Where each peak of a split came from. Where the table has no feature ids, they are NeatMS's
  /// running numbers of the features.
  func columns(_ split: Split) -> PeakColumns {
    let chosen = positions(split).map { peaks[$0] }
    return PeakColumns(
      sample: chosen.map { samples[table.peaks[$0].sample] },
      mz: chosen.map { table.peaks[$0].mz }, rt: chosen.map { table.peaks[$0].rt },
      featureID: chosen.map { peak in
        let feature = table.peaks[peak].feature
        return table.features[feature].id ?? String(feature)
      },
      row: chosen.map { Int64(table.peaks[$0].row) })
  }

  private func positions(_ split: Split) -> [Int] { self.split.positions[split] ?? [] }
}
