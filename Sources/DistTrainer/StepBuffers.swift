import Model
import Support

/// What a step works in, allocated once.
final class StepBuffers {
  /// Floats before the gradients that travel with them: sums of the step over all ranks.
  static let headerCount = 16
  /// Places in the header.
  enum Header {
    static let loss = 0
    static let correct = 1
    static let absoluteError = 2
    /// Ranks that were asked to stop.
    static let interruptions = 3
  }

  /// Header, then the gradients in the flat order: the header and the conv base's gradients are
  /// one reduction, the classifier's the other.
  let buffer: AlignedBuffer
  /// This rank's part of the batch: (samples, 2, matrix size).
  let matrices: AlignedBuffer
  let labels: UnsafeMutablePointer<Int32>
  let classifier: Range<Int>
  let headerAndConvBase: Range<Int>

  init(net: PeakNet, batch: Int, ranks: Int) {
    let capacity = DistTrainer.shardCapacity(batch: batch, ranks: ranks)
    buffer = AlignedBuffer(count: Self.headerCount + net.layout.count)
    matrices = AlignedBuffer(count: capacity * net.architecture.input.count)
    labels = .allocate(capacity: max(capacity, 1))
    let first = Self.headerCount + net.classifierRange.lowerBound
    headerAndConvBase = 0..<first
    classifier = first..<buffer.count
  }

  deinit { labels.deallocate() }

  var gradients: UnsafeMutablePointer<Float> { buffer.pointer + Self.headerCount }
  var header: UnsafeMutablePointer<Float> { buffer.pointer }
}

/// The model at the start of the epoch, to go back to when the epoch cannot be finished.
final class ModelRollback {
  private let net: PeakNet
  private let optimizer: Optimizer
  private let weights: AlignedBuffer
  private let slots: [AlignedBuffer]
  private var step = 0

  init(net: PeakNet, optimizer: Optimizer) {
    self.net = net
    self.optimizer = optimizer
    weights = AlignedBuffer(count: net.layout.count)
    slots = optimizer.slots.map { AlignedBuffer(count: $0.count) }
  }

  func save() {
    weights.assign(net.weights)
    for (kept, slot) in zip(slots, optimizer.slots) { kept.assign(slot) }
    step = optimizer.step
  }

  func restore() {
    net.weights.assign(weights)
    for (kept, slot) in zip(slots, optimizer.slots) { slot.assign(kept) }
    optimizer.setStep(step)
  }
}
