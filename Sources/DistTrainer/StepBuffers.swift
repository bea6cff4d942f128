import Model
import Support

/// What a step works in, allocated once.
final class StepBuffers {
  /// Floats before the gradients that travel with them: sums over all ranks that decide how it goes on.
  static let headerCount = 16
  /// Places in the header.
  enum Header {
    /// Not a number where it is none on any rank.
    static let loss = 0
    /// Ranks that were asked to stop.
    static let interruptions = 1
  }

  /// Room for the header, then the gradients in the flat order.
  ///
  /// The header lies right before the first gradient that is trained, over ones that nobody writes
  /// where the first layers are frozen: so it always travels with a run of gradients.
  private let buffer: AlignedBuffer
  /// This rank's part of the batch: (samples, 2, matrix size).
  let matrices: AlignedBuffer
  /// The same of a frozen conv base's output: (samples, features); made when first asked for.
  private(set) lazy var features = AlignedBuffer(count: capacity * featureCount)
  let labels: UnsafeMutablePointer<Int32>
  /// What is reduced while the conv base's backward pass runs: the classifier's trained gradients,
  /// as runs of the buffer. Empty where the conv base is frozen, since there is nothing to overlap.
  let early: [Range<Int>]
  /// What is reduced at the end of the step, the header first. Frozen gradients are in neither.
  let late: [Range<Int>]
  private let capacity: Int
  private let featureCount: Int

  init(net: PeakNet, batch: Int, ranks: Int) {
    capacity = DistTrainer.shardCapacity(batch: batch, ranks: ranks)
    featureCount = net.featureCount
    buffer = AlignedBuffer(count: Self.headerCount + net.layout.count)
    matrices = AlignedBuffer(count: capacity * net.architecture.input.count)
    labels = .allocate(capacity: max(capacity, 1))
    var runs = Self.trainedRuns(net).map {
      ($0.lowerBound + Self.headerCount)..<($0.upperBound + Self.headerCount)
    }
    let border = net.classifierRange.lowerBound + Self.headerCount
    let first = runs.first?.lowerBound ?? Self.headerCount
    early = net.trainsConvBase ? runs.filter { $0.lowerBound >= border } : []
    if net.trainsConvBase { runs.removeAll { $0.lowerBound >= border } }
    let end = runs.first?.upperBound ?? first
    late = [(first - Self.headerCount)..<end] + runs.dropFirst()
  }

  /// The trained parts of the flat buffer, cut between conv base and classifier.
  private static func trainedRuns(_ net: PeakNet) -> [Range<Int>] {
    let border = net.classifierRange.lowerBound
    return net.layout.trainableRanges.flatMap { run in
      run.lowerBound < border && border < run.upperBound
        ? [run.lowerBound..<border, border..<run.upperBound] : [run]
    }
  }

  deinit { labels.deallocate() }

  var gradients: UnsafeMutablePointer<Float> { buffer.pointer + Self.headerCount }
  var header: UnsafeMutablePointer<Float> { buffer.pointer + late[0].lowerBound }

  /// A part of the buffer, to be reduced.
  subscript(_ run: Range<Int>) -> UnsafeMutableBufferPointer<Float> { buffer[run] }
}
