import HDF5
import Support

/// A `batches.h5` open for reading: written by `BatchesWriter`, by a script with h5py, or by anything
/// else that follows the format in `docs/formats.md`.
///
/// Nothing but the header is kept in memory; matrices are read in ranges. Positions in messages
/// count from 0, as in h5py.
public final class BatchesFile: BatchSource {
  public let header: BatchesHeader
  public let place: String
  private let file: H5File
  private let counts: [Split: Int]
  private let matrices: [Split: Matrices]

  /// A split's `x`, kept open: its cache of decompressed chunks serves one range after another.
  private final class Matrices {
    let dataset: H5Dataset
    init(_ dataset: consuming H5Dataset) { self.dataset = dataset }
  }

  /// Opens the file and checks header, groups and shapes.
  /// - Throws: `Failure`: `.missingInput` for no such file; `.badData` for one that is not HDF5, is
  ///   cut short, has another format or version, or whose parts are missing or do not fit together,
  ///   naming the first that does not.
  public init(path: String) throws {
    file = try H5File(reading: path, as: "batches file (HDF5)")
    place = path
    header = try BatchesFile.readHeader(file.root)
    var counts: [Split: Int] = [:]
    var matrices: [Split: Matrices] = [:]
    for split in Split.allCases {
      counts[split] = try BatchesFile.checkedCount(file.root, split, header)
      matrices[split] = Matrices(try file.root.dataset("\(split.rawValue)/x"))
    }
    self.counts = counts
    self.matrices = matrices
    if counts[.train] == 0 {
      throw Failure(
        .badData, "the training set is empty", at: "\(path), train",
        hint: "Training needs at least one labelled peak in train/x, train/y and train/id.")
    }
  }

  public func count(_ split: Split) -> Int { counts[split] ?? 0 }

  public func readMatrices(
    _ split: Split, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) throws {
    precondition(range.lowerBound >= 0 && range.upperBound <= count(split))
    guard !range.isEmpty, let matrices = matrices[split] else { return }
    try matrices.dataset.read(rows: range, into: target)
    let matrix = 2 * header.matrixSize
    let values = UnsafeBufferPointer(start: target, count: range.count * matrix)
    guard let bad = values.firstNonFinite else { return }
    let (row, inMatrix) = (range.lowerBound + bad / matrix, bad % matrix)
    let (line, point) = inMatrix.quotientAndRemainder(dividingBy: header.matrixSize)
    throw Failure(
      .badData, "a value is not finite",
      at:
        "\(matrices.dataset.location), row \(row), \(line == 0 ? "intensity" : "window"), point \(point)",
      expected: "a finite number", found: "\(values[bad])",
      hint: "Leave this peak out: a flat signal, divided by its height of 0, gives NaN.")
  }

  public func readLabels(_ split: Split) throws -> [Int32] {
    if count(split) == 0 { return [] }
    let dataset = try file.root.dataset("\(split.rawValue)/y")
    // Wider than needed, so that a wrong number is reported as it stands in the file.
    let labels: [Int64] = try dataset.values()
    let allowed = Int64(0)..<Int64(header.classes.count)
    if let row = labels.firstIndex(where: { !allowed.contains($0) }) {
      throw Failure(
        .badData, "the class index is out of range", at: "\(dataset.location), row \(row)",
        expected: "0 … \(header.classes.count - 1) (\(header.classes.joined(separator: ", ")))",
        found: "\(labels[row])")
    }
    return labels.map(Int32.init)
  }

  public func readIDs(_ split: Split) throws -> [String] {
    if count(split) == 0 { return [] }
    return try file.root.dataset("\(split.rawValue)/id").strings()
  }

  /// The columns that say where each peak came from, in order; those that the file has.
  public func readColumns(_ split: Split) throws -> PeakColumns {
    try PeakColumns(reading: file.root.group(split.rawValue), count: count(split))
  }
}

extension UnsafeBufferPointer<Float> {
  /// The position of the first NaN or infinity.
  var firstNonFinite: Int? {
    // All exponent bits set; without a branch, so that the loop becomes vector code.
    var any: UInt32 = 0
    for value in self { any |= value.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0 }
    return any == 0 ? nil : firstIndex { !$0.isFinite }
  }
}
