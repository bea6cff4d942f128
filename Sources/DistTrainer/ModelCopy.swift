import Model
import Support

/// A copy of the weights and of the optimizer's state: of all of them, or of some ranges of the flat order.
final class ModelCopy {
  private let ranges: [Range<Int>]
  private let weights: AlignedBuffer
  /// The ranges one after another, for each of the optimizer's slots.
  let slots: [AlignedBuffer]
  private var step = 0
  private var learningRate: Float = 0

  init(ranges: [Range<Int>], slots: Int) {
    self.ranges = ranges
    let count = ranges.reduce(0) { $0 + $1.count }
    weights = AlignedBuffer(count: count)
    self.slots = (0..<slots).map { _ in AlignedBuffer(count: count) }
  }

  func save(_ net: PeakNet, _ optimizer: Optimizer) {
    for (kept, buffer) in zip([weights] + slots, [net.weights] + optimizer.slots) {
      var next = kept.pointer
      for range in ranges {
        next.update(from: buffer.pointer + range.lowerBound, count: range.count)
        next += range.count
      }
    }
    (step, learningRate) = (optimizer.step, optimizer.learningRate)
  }

  /// Puts it back but for the learning rate, which callbacks decided on since.
  func restore(_ net: PeakNet, _ optimizer: Optimizer) {
    for (kept, buffer) in zip([weights] + slots, [net.weights] + optimizer.slots) {
      var next = kept.pointer
      for range in ranges {
        (buffer.pointer + range.lowerBound).update(from: next, count: range.count)
        next += range.count
      }
    }
    optimizer.setStep(step)
  }

  /// A copy of everything, from a file.
  func assign(_ snapshot: ModelSnapshot) {
    for (kept, values) in zip([weights] + slots, [snapshot.weights] + snapshot.optimizer.slots) {
      precondition(values.count == kept.count)
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { kept.pointer.update(from: base, count: source.count) }
      }
    }
    (step, learningRate) = (snapshot.optimizer.step, snapshot.learningRate)
  }

  /// Of a copy of everything.
  var snapshot: ModelSnapshot {
    ModelSnapshot(
      weights: Array(weights.all),
      optimizer: OptimizerState(step: step, slots: slots.map { Array($0.all) }),
      learningRate: learningRate)
  }
}
