import Collectives
import Model
import Support

/// Turns "my samples, all rows" of a batch's features into "all samples, my rows", and the gradients
/// back. A step makes these calls in this order; the backward ones where the conv base is trained.
protocol FeatureExchange: AnyObject {
  var batch: BatchFeatures { get }

  /// Before the own samples' features are written.
  func beginForward() throws
  /// The features of an own lane (counted from the first own one) are complete.
  func sendForward(_ index: Int) throws
  /// Returns when the other samples' features are there, in the own rows' columns.
  func finishForward() throws

  /// The gradient in the own rows' columns is complete, for all samples.
  func sendBackward() throws
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
  private let memory: SharedSegment
  private let written: SharedBarrier
  private let read: SharedBarrier
  private let gradientWritten: SharedBarrier

  /// Collective over `host`, which holds all ranks.
  /// - Parameters:
  ///   - row: floats of a sample.
  ///   - withGradient: whether the gradient is wanted.
  init(batch: Int, row: Int, withGradient: Bool, on host: any Communicator) throws {
    let floats = SharedSum.room(batch * row)
    let bytes = floats * MemoryLayout<Float>.stride
    let barrier = SharedBarrier.bytes(ranks: host.size)
    let memory = try SharedSegment(
      bytes: (withGradient ? 2 : 1) * bytes + 3 * barrier, on: host, allWrite: true)
    let values = memory.pointer.assumingMemoryBound(to: Float.self)
    self.batch = BatchFeatures(values: values, gradient: withGradient ? values + floats : values)
    self.memory = memory
    let barriers = (0..<3).map { index in
      SharedBarrier(
        in: memory, at: memory.count - (3 - index) * barrier, rank: host.rank, ranks: host.size)
    }
    (written, read, gradientWritten) = (barriers[0], barriers[1], barriers[2])
  }

  func beginForward() { read.wait() }
  func sendForward(_ index: Int) {}

  func finishForward() {
    written.arrive()
    written.wait()
  }

  func sendBackward() { gradientWritten.arrive() }
  func hasGradient(of index: Int) -> Bool { gradientWritten.isComplete }
  // The next gradient is written after the next products are summed, and so after everyone has read
  // this one.
  func takeGradient(of index: Int) { gradientWritten.wait() }
  func featuresRead() { read.arrive() }
  func finishBackward() {}
}
