import Foundation
import PeakData
import Support

/// Labelled peaks with their matrices, put into the three sets: what `prepare` writes.
struct PreparedBatches: BatchSource {
  let header: BatchesHeader
  let place = "the prepared peaks"
  /// The features of the feature table.
  private let features: [FeatureEntry]
  /// Names without folders: of the feature tables, and of each sample's raw file.
  private let files: [String]
  private let samples: [String]
  /// The peaks of all sets, in the order of the feature table. The sets shuffle them, and a table of
  /// all peaks does not fit into a processor's caches.
  private let peaks: [FeaturePeak]
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
    features = experiment.table.features
    files = experiment.table.files.map { URL(filePath: $0).lastPathComponent }
    samples = experiment.rawFiles.map { URL(filePath: $0).lastPathComponent }
    self.peaks = peaks.map { experiment.table.peaks[$0] }
    (self.labels, self.matrices, self.split) = (labels, matrices, split)
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
    let starts = files.map { Array("\($0):".utf8) }
    let ends = samples.map { Array(":\($0)".utf8) }
    var id: [UInt8] = []
    return positions(split).map { position in
      let peak = peaks[position]
      id.removeAll(keepingCapacity: true)
      id += starts[peak.file]
      var row = peak.row
      let first = id.count
      repeat {
        id.append(UInt8(ascii: "0") + UInt8(row % 10))
        row /= 10
      } while row > 0
      id[first...].reverse()
      id += ends[peak.sample]
      return String(decoding: id, as: UTF8.self)
    }
  }

  /// Where each peak of a split came from. Where the table has no feature ids, they are NeatMS's
  /// running numbers of the features.
  func columns(_ split: Split) -> PeakColumns {
    let chosen = positions(split).map { peaks[$0] }
    return PeakColumns(
      sample: chosen.map { samples[$0.sample] },
      mz: chosen.map(\.mz), rt: chosen.map(\.rt),
      featureID: chosen.map { features[$0.feature].id ?? String($0.feature) },
      row: chosen.map { Int64($0.row) })
  }

  private func positions(_ split: Split) -> [Int] { self.split.positions[split] ?? [] }
}
