import Collectives
import Foundation
import Model
import PeakData
import Support

/// The frozen conv base's output of every training and test peak, computed once, and held once a
/// host in memory that its ranks share.
///
/// Every rank computes a part for its host; the host's first rank, which alone may write, gathers
/// them. Hosts do not exchange anything: a peak's features are tens of kilobytes, and computing
/// them takes less time than sending them.
final class FeatureCache {
  private let segment: SharedSegment
  private let featureCount: Int
  private let trainCount: Int

  /// Peaks between two looks at whether a rank was asked to stop: tens of milliseconds of work.
  private static let chunk = 512

  /// Collective over `world`; holds zeros at first.
  /// - Throws: `AgreedFailure` where there is no room.
  private init(
    on host: any Communicator, world: any Communicator, net: PeakNet, dataset: SharedDataset
  ) throws {
    featureCount = net.featureCount
    trainCount = dataset.trainCount
    let bytes = Self.bytes(net, dataset)
    segment = try world.agree { try SharedSegment(bytes: bytes, on: host) }
  }

  /// Features of a split: (N, featureCount).
  func features(_ split: Split) -> UnsafePointer<Float> {
    let floats = UnsafePointer(segment.pointer.assumingMemoryBound(to: Float.self))
    return split == .train ? floats : floats + trainCount * featureCount
  }

  /// What the features of all peaks take.
  static func bytes(_ net: PeakNet, _ dataset: SharedDataset) -> Int {
    (dataset.trainCount + dataset.testCount) * net.featureCount * MemoryLayout<Float>.stride
  }

  /// Collective. Computes the features of every peak.
  /// - Returns: nil where a rank was asked to stop meanwhile.
  /// - Throws: `AgreedFailure` where there is no room.
  static func make(
    world: any Communicator, net: PeakNet, dataset: SharedDataset, progress: (Double) -> Void
  ) throws -> FeatureCache? {
    let host = try world.splitByHost()
    let cache = try FeatureCache(on: host, world: world, net: net, dataset: dataset)
    let count = dataset.trainCount + dataset.testCount
    let mine = AlignedBuffer(
      count: (chunk / host.size + PeakNet.defaultLane) * net.featureCount)
    for first in stride(from: 0, to: count, by: chunk) {
      let peaks = first..<min(first + chunk, count)
      try cache.fill(peaks, on: host, net: net, dataset: dataset, using: mine)
      var stops: Int64 = Interruption.isRequested ? 1 : 0
      try withUnsafeMutablePointer(to: &stops) {
        try world.allReduce(UnsafeMutableBufferPointer(start: $0, count: 1), .max)
      }
      if stops > 0 {
        Interruption.acknowledge()
        return nil
      }
      progress(Double(peaks.upperBound) / Double(count))
    }
    try host.barrier()
    return cache
  }

  /// Computes the features of `peaks` (of both splits, one after the other) over the host's ranks.
  private func fill(
    _ peaks: Range<Int>, on host: any Communicator, net: PeakNet, dataset: SharedDataset,
    using mine: AlignedBuffer
  ) throws {
    // Whole lanes for every rank, one by one: the same products on any number of ranks.
    let lane = PeakNet.defaultLane
    let parts = (0..<host.size).map { rank in
      let lanes = shard((peaks.count + lane - 1) / lane, rank: rank, of: host.size)
      return min(lanes.lowerBound * lane, peaks.count)..<min(lanes.upperBound * lane, peaks.count)
    }
    let part = parts[host.rank]
    for first in stride(from: part.lowerBound, to: part.upperBound, by: lane) {
      net.computeFeatures(
        dataset.matrices(.train) + (peaks.lowerBound + first) * net.architecture.input.count,
        count: min(lane, part.upperBound - first),
        into: mine.pointer + (first - part.lowerBound) * featureCount)
    }
    let row = featureCount * MemoryLayout<Float>.stride
    let target = UnsafeMutableRawBufferPointer(
      start: segment.pointer + peaks.lowerBound * row, count: peaks.count * row)
    try host.gather(
      UnsafeRawBufferPointer(start: mine.pointer, count: part.count * row),
      counts: parts.map { $0.count * row }, into: host.rank == 0 ? target : nil, root: 0)
  }
}

extension DistTrainer {
  /// Collective. Computes the output of a frozen conv base once for every peak and keeps it, where
  /// that is possible and memory allows; the results have the same bits either way.
  /// - Returns: false where a rank was asked to stop meanwhile.
  func keepFeatures() throws -> Bool {
    guard featureCache == nil, !net.trainsConvBase, featurePlan.limit != .off else { return true }
    guard net.featuresAreFixed else {
      featurePlan.tell(
        "the frozen conv base holds a Dropout layer: its output is computed anew in every step")
      return true
    }
    let needed = FeatureCache.bytes(net, dataset)
    let allowed = try allowedFeatureBytes()
    guard needed <= allowed else {
      featurePlan.tell(Self.tooLarge(needed, allowed, featurePlan.limit))
      return true
    }
    do {
      featureCache = try FeatureCache.make(
        world: world, net: net, dataset: dataset, progress: featurePlan.progress)
    } catch let agreed as AgreedFailure where featurePlan.limit == .automatic {
      featurePlan.tell("\(agreed.failure.what): the conv base's output is computed in every step")
      return true
    }
    guard featureCache != nil else { return false }
    featurePlan.tell(
      "the frozen conv base's output is kept in memory: \(needed.megabytes) MB a host")
    return true
  }

  /// The same on every rank.
  private func allowedFeatureBytes() throws -> Int {
    switch featurePlan.limit {
    case .off: return 0
    case .megabytes(let megabytes):
      let (bytes, overflow) = megabytes.multipliedReportingOverflow(by: 1_000_000)
      return overflow ? .max : bytes
    case .automatic:
      var half = Int64((HostMemory.available() ?? 0) / 2)
      try withUnsafeMutablePointer(to: &half) {
        try world.allReduce(UnsafeMutableBufferPointer(start: $0, count: 1), .min)
      }
      return Int(half)
    }
  }

  private static func tooLarge(
    _ needed: Int, _ allowed: Int, _ limit: FeatureCacheLimit
  ) -> String {
    let why =
      limit == .automatic
      ? "half of the memory available is \(allowed.megabytes) MB"
      : "--feature-cache allows \(allowed.megabytes) MB"
    return "the frozen conv base's output (\(needed.megabytes) MB a host) is not kept but computed "
      + "in every step: \(why)"
  }
}

extension Int {
  /// Bytes in whole megabytes, rounded up.
  fileprivate var megabytes: Int { (self + 999_999) / 1_000_000 }
}
