import CKernels
import Foundation
import Support

/// Updates the weights from the gradients and keeps the moments: Keras 2.15's `Adam` and `SGD`.
///
/// The L2 term's gradient, 2 · l2 · w, is added here, in the same pass over memory.
public final class Optimizer {
  public private(set) var configuration: OptimizerConfiguration
  /// Steps taken: Keras's `iterations`.
  public private(set) var step = 0
  /// The moments, in the order of `OptimizerConfiguration.slotNames`.
  public let slots: [AlignedBuffer]

  public init(_ configuration: OptimizerConfiguration, count: Int) {
    self.configuration = configuration
    slots = configuration.slotNames.map { _ in AlignedBuffer(count: count) }
  }

  /// As Keras's `optimizer.learning_rate`; callbacks change it.
  public var learningRate: Float {
    get { configuration.learningRate }
    set { configuration.learningRate = newValue }
  }

  /// Puts the step count of another rank, or of an earlier moment, back.
  public func setStep(_ step: Int) { self.step = step }

  /// One step.
  ///
  /// - Parameters:
  ///   - gradients: of the mean loss without L2, in the flat order.
  ///   - segments: `PeakNet.l2Segments`, in order.
  /// - Returns: the new weights' Σ l2 · Σ w²: the L2 term of the next step's loss.
  public func apply(
    weights: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    segments: [(range: Range<Int>, l2: Float)]
  ) -> Double {
    beginStep()
    var penalty = 0.0
    for segment in segments {
      penalty += update(
        weights: weights, gradients: gradients, range: segment.range, l2: segment.l2)
    }
    return penalty
  }

  /// Counts a step, whose `update`s follow: for a step that is done in pieces.
  public func beginStep() { step += 1 }

  /// A part of a step: the update of this range of the flat buffer.
  /// - Returns: the new weights' l2 · Σ w².
  public func update(
    weights: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, range: Range<Int>,
    l2: Float
  ) -> Double {
    update(
      weights: weights, gradient: gradients + range.lowerBound, range: range, l2: l2)
  }

  /// The same where the range's gradient lies somewhere else.
  /// - Parameter gradient: of the range alone.
  public func update(
    weights: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, range: Range<Int>,
    l2: Float
  ) -> Double {
    let start = range.lowerBound
    return Double(l2) * update(weights + start, gradient, at: start, count: range.count, l2: l2)
  }

  private func update(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, at start: Int, count: Int,
    l2: Float
  ) -> Double {
    switch configuration {
    case .adam(let rate, let beta1, let beta2, let epsilon):
      // Kingma and Ba, "Adam" (2015), end of section 2: both bias corrections in one factor.
      let correction = (1 - pow(Double(beta2), Double(step))).squareRoot()
      let alpha = Double(rate) * correction / (1 - pow(Double(beta1), Double(step)))
      return ck_adam(
        w, slots[0].pointer + start, slots[1].pointer + start, g, count, Float(alpha), 1 - beta1,
        1 - beta2, epsilon, l2)
    case .sgd(let rate, let momentum):
      return ck_sgd(w, slots.first.map { $0.pointer + start }, g, count, rate, momentum, l2)
    }
  }

  /// Everything to go on from later.
  public func capture() -> OptimizerState {
    OptimizerState(step: step, slots: slots.map { Array($0.all) })
  }

  /// Goes on from `state`.
  /// - Throws: `Failure(.badData)` where its shape is another optimizer's.
  public func restore(_ state: OptimizerState) throws {
    guard state.slots.count == slots.count,
      zip(state.slots, slots).allSatisfy({ $0.count == $1.count })
    else {
      throw Failure(
        .badData, "the optimizer state does not fit the optimizer \(configuration.name)",
        expected: "\(slots.count) slots of \(slots.first?.count ?? 0) numbers",
        found: "\(state.slots.count) of \(state.slots.first?.count ?? 0)")
    }
    step = state.step
    for (slot, values) in zip(slots, state.slots) {
      values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { slot.pointer.update(from: base, count: source.count) }
      }
    }
  }
}
