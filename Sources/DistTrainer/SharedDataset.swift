import Collectives
import Foundation
import PeakData
import Support

/// The training and the test set, held once per host in memory that its ranks share.
///
/// Rank 0 reads and validates; the first rank of every other host gets the bytes by broadcast.
public final class SharedDataset {
  public let header: BatchesHeader
  public let place: String
  public let trainCount: Int
  public let testCount: Int
  /// Hash of both sets' matrices and labels and the class names: tells one dataset from another.
  public let fingerprint: String
  /// Whether every rank is on this host.
  let isOneHost: Bool
  private let segment: SharedSegment
  private let sampleFloats: Int

  /// Matrices of a split: (N, 2, matrix size).
  public func matrices(_ split: Split) -> UnsafePointer<Float> {
    let floats = UnsafePointer(segment.pointer.assumingMemoryBound(to: Float.self))
    return split == .train ? floats : floats + trainCount * sampleFloats
  }

  /// Class indices of a split.
  public func labels(_ split: Split) -> UnsafePointer<Int32> {
    let offset = (trainCount + testCount) * sampleFloats * MemoryLayout<Float>.stride
    let labels = UnsafePointer((segment.pointer + offset).assumingMemoryBound(to: Int32.self))
    return split == .train ? labels : labels + trainCount
  }

  public func count(_ split: Split) -> Int { split == .train ? trainCount : testCount }

  /// What rank 0 tells the others before any memory is laid out.
  private struct Announcement: Codable {
    var matrixSize: Int
    var classes: [String]
    var margin: Double?
    var minScanNum: Int?
    var place: String
    var train: Int
    var test: Int
  }

  /// Collective over `world`. Only rank 0 opens anything: `open` is called there.
  /// - Throws: what `open` and the source throw on rank 0, agreed by all ranks.
  ///
  /// - Parameter progress: called on rank 0 now and then with the share that is read.
  public init(
    on world: any Communicator, progress: (Double) -> Void = { _ in },
    open: () throws -> any BatchSource
  ) throws {
    var source: (any BatchSource)?
    let announcement: Announcement = try world.broadcastValue {
      let opened = try open()
      source = opened
      return Announcement(
        matrixSize: opened.header.matrixSize, classes: opened.header.classes,
        margin: opened.header.margin, minScanNum: opened.header.minScanNum, place: opened.place,
        train: opened.count(.train), test: opened.count(.test))
    }
    header =
      source?.header
      ?? BatchesHeader(
        matrixSize: announcement.matrixSize, margin: announcement.margin,
        minScanNum: announcement.minScanNum, classes: announcement.classes)
    place = announcement.place
    trainCount = announcement.train
    testCount = announcement.test
    sampleFloats = 2 * announcement.matrixSize
    let bytes = (trainCount + testCount) * (sampleFloats + 1) * MemoryLayout<Float>.stride
    let host = try world.splitByHost()
    isOneHost = host.size == world.size
    let leaders = try world.split(colour: host.rank == 0 ? 0 : -1)
    segment = try world.agree { try SharedSegment(bytes: bytes, on: host) }
    let memory = segment.pointer
    let sampleFloats = sampleFloats
    fingerprint = try world.broadcastValue {
      guard let source else { return "" }
      return try SharedDataset.fill(
        memory, from: source, sampleFloats: sampleFloats, progress: progress)
    }
    if let leaders, leaders.size > 1 {
      try leaders.broadcast(UnsafeMutableRawBufferPointer(start: memory, count: bytes), root: 0)
    }
    try host.barrier()
  }

  /// Reads a split that training does not use, so that its faults are found now and not at the end.
  private static func check(
    _ split: Split, of source: any BatchSource, sampleFloats: Int
  ) throws {
    let rows = BatchesFile.slab(matrixSize: source.header.matrixSize)
    let chunk = AlignedBuffer(count: rows * sampleFloats)
    let count = source.count(split)
    for first in stride(from: 0, to: count, by: rows) {
      try source.readMatrices(split, first..<min(first + rows, count), into: chunk.pointer)
    }
    _ = try source.readLabels(split)
  }

  /// Reads everything in chunks and returns the fingerprint.
  private static func fill(
    _ memory: UnsafeMutableRawPointer, from source: any BatchSource, sampleFloats: Int,
    progress: (Double) -> Void
  ) throws -> String {
    var fingerprint = Fingerprint()
    fingerprint.add(source.header.classes.joined(separator: "\u{0}"))
    var floats = memory.assumingMemoryBound(to: Float.self)
    let total = Double(source.count(.train) + source.count(.test))
    var done = 0
    for split in [Split.train, .test] {
      let count = source.count(split)
      for first in stride(from: 0, to: count, by: 4096) {
        let range = first..<min(first + 4096, count)
        try source.readMatrices(split, range, into: floats)
        let read = range.count * sampleFloats
        fingerprint.add(UnsafeRawBufferPointer(start: floats, count: read * 4))
        floats += read
        done += range.count
        progress(Double(done) / total)
      }
    }
    var labels = UnsafeMutableRawPointer(floats).assumingMemoryBound(to: Int32.self)
    for split in [Split.train, .test] {
      let values = try source.readLabels(split)
      values.withUnsafeBytes { fingerprint.add($0) }
      for value in values {
        labels.pointee = value
        labels += 1
      }
    }
    try check(.validation, of: source, sampleFloats: sampleFloats)
    return fingerprint.hexadecimal
  }
}
