import HDF5
import Support

/// Writes `batches.h5`.
public enum BatchesWriter {
  /// Writes the three sets of `source`, in slabs, so that memory does not grow with their size. The
  /// file appears whole or not at all.
  /// - Parameters:
  ///   - columns: where each peak of a split came from, if known.
  /// - Throws: `Failure`: `.cannotCreate` or `.inputOutput` for the file; `.badData` for classes that
  ///   the format does not allow; and what `source` and `columns` throw.
  public static func write(
    _ source: some BatchSource, to path: String,
    columns: (Split) throws -> PeakColumns? = { _ in nil }
  ) throws {
    try BatchesFile.checkClasses(source.header.classes, source.place)
    try AtomicFile.write(to: path) { temporary in
      try H5File.createInPlace(temporary) { root in
        try write(source.header, to: root)
        for split in Split.allCases {
          let group = try root.createGroup(split.rawValue)
          try write(source, split, to: group)
          try columns(split)?.write(to: group, count: source.count(split))
        }
      }
    }
  }

  private static func write(_ header: BatchesHeader, to root: borrowing H5Group) throws {
    try root.set(attribute: "format", BatchesFile.format)
    try root.set(attribute: "version", Int64(BatchesFile.version))
    try root.set(attribute: "matrix_size", Int64(header.matrixSize))
    try root.set(attribute: "classes", header.classes)
    if let margin = header.margin { try root.set(attribute: "margin", margin) }
    if let count = header.minScanNum { try root.set(attribute: "min_scan_num", Int64(count)) }
    if let seed = header.seed { try root.set(attribute: "seed", seed) }
    if let part = header.validationSplit { try root.set(attribute: "validation_split", part) }
    if let source = header.source { try root.set(attribute: "source", source) }
  }

  private static func write(
    _ source: some BatchSource, _ split: Split, to group: borrowing H5Group
  ) throws {
    let count = source.count(split)
    let labels = try source.readLabels(split)
    let ids = try source.readIDs(split)
    guard labels.count == count, ids.count == count else {
      throw Failure(
        .internalError, "labels or ids do not belong to the matrices", at: source.place,
        expected: "\(count)", found: "\(labels.count) and \(ids.count)")
    }
    let (slab, size) = (1024, source.header.matrixSize)
    let matrices = try group.createDataset("x", shape: [count, 2, size], of: Float.self)
    let buffer = AlignedBuffer(count: slab * 2 * size)
    for start in stride(from: 0, to: count, by: slab) {
      let rows = start..<min(start + slab, count)
      try source.readMatrices(split, rows, into: buffer.pointer)
      try matrices.write(rows: rows, from: buffer.pointer)
      // The disk works while the next slabs are made.
      if start / slab % 8 == 7 { group.startWriteBack() }
    }
    group.startWriteBack()
    try group.write("y", labels)
    try group.write("id", ids)
  }
}
