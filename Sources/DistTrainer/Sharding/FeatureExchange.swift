import Collectives
import Model
import Support

/// Turns "my samples, all rows" of a batch's features into "all samples, my rows", and the gradients
/// back; where samples are cut into strips, of each strip for itself. A step makes these calls in this order; the
/// backward ones where the conv base is trained.
protocol FeatureExchange: AnyObject {
  var batch: BatchFeatures { get }
  /// The batch's samples in parts, in the order in which their features are there: the own ones first, where
  /// others' come later. Each is of one or more runs of samples. Nil: in one.
  var chunks: [[Range<Int>]]? { get }
  /// The same for the gradient: what is sent first. Nil: in one.
  var gradientChunks: [[Range<Int>]]? { get }

  /// Before the own samples' features are written.
  func beginForward() throws
  /// The features of an own lane (counted from the first own one) are complete.
  func sendForward(_ index: Int) throws
  /// Returns when the features of these samples are there, in the own rows' columns; of all chunks in order.
  func takeFeatures(of chunk: Int) throws
  /// To be called now and then between them.
  func progress() throws

  /// Before the gradient is computed.
  func beginBackward() throws
  /// The gradient of the first chunk's samples is complete in the own rows' columns.
  func sendGradient() throws
  /// Whether the gradient of an own lane's samples is whole; to be asked now and then while something else is
  /// computed.
  func hasGradient(of index: Int) throws -> Bool
  /// Returns when it is; of the own lanes in order.
  func takeGradient(of index: Int) throws
  /// The features will not be read any more in this step.
  func featuresRead()
  /// Returns when everything is sent.
  func finishBackward() throws
}

/// The exchange where all ranks share one host: the batch lies once in memory that all write and read
/// in place, so that nothing is copied.
final class SharedFeatures: FeatureExchange {
  let batch: BatchFeatures
  let chunks: [[Range<Int>]]? = nil
  let gradientChunks: [[Range<Int>]]? = nil
  private let memory: SharedSegment
  private let written: SharedBarrier
  private let read: SharedBarrier
  private let gradientWritten: SharedBarrier
  /// Whether each rank reads what it wrote itself.
  private let areApart: Bool

  /// Collective over `host`, which holds all ranks.
  /// - Parameters:
  ///   - withGradient: whether the gradient is wanted.
  ///   - areApart: `Lanes.areApart`.
  init(
    _ layout: FeatureLayout, withGradient: Bool, areApart: Bool, on host: any Communicator
  ) throws {
    self.areApart = areApart
    let floats = SharedSum.room(layout.count)
    let bytes = floats * MemoryLayout<Float>.stride
    let barrier = SharedBarrier.bytes(ranks: host.size)
    let memory = try SharedSegment(
      bytes: (withGradient ? 2 : 1) * bytes + 3 * barrier, on: host, allWrite: true)
    let values = memory.pointer.assumingMemoryBound(to: Float.self)
    batch = BatchFeatures(
      values: values, gradient: withGradient ? values + floats : values, layout: layout)
    self.memory = memory
    let barriers = (0..<3).map { index in
      SharedBarrier(
        in: memory, at: memory.count - (3 - index) * barrier, rank: host.rank, ranks: host.size)
    }
    (written, read, gradientWritten) = (barriers[0], barriers[1], barriers[2])
  }

  func beginForward() { if !areApart { read.wait() } }
  func sendForward(_ index: Int) {}

  func takeFeatures(of chunk: Int) {
    guard !areApart else { return }
    written.arrive()
    written.wait()
  }

  func progress() {}

  func beginBackward() {}
  func sendGradient() { if !areApart { gradientWritten.arrive() } }
  func hasGradient(of index: Int) -> Bool { areApart || gradientWritten.isComplete }
  // The next gradient is written after the next products are summed, and so after everyone has read
  // this one.
  func takeGradient(of index: Int) { if !areApart { gradientWritten.wait() } }
  func featuresRead() { if !areApart { read.arrive() } }
  func finishBackward() {}
}
