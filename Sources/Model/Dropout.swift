import CKernels
import Support

/// Keras's inverted dropout: in training a unit is kept with probability 1 − rate and scaled by
/// 1/(1 − rate); otherwise it passes unchanged.
///
/// Which units are kept depends on the seed, the epoch, the sample's position in the epoch, the
/// layer and the unit: never on the rank or on how the batch was split.
public struct DropoutKey: Sendable {
  public var seed: UInt64
  public var epoch: Int
  /// Position in the epoch's order of the first sample of the call.
  public var firstPosition: Int

  public init(seed: UInt64, epoch: Int, firstPosition: Int) {
    self.seed = seed
    self.epoch = epoch
    self.firstPosition = firstPosition
  }
}

final class DropoutLayer {
  let rate: Float
  let units: Int
  /// Position in `Architecture.layers`, so that two dropout layers differ.
  let layerIndex: Int
  /// 0 or 1/(1 − rate) for each unit of the batch.
  let scales: AlignedBuffer

  init(rate: Float, units: Int, layerIndex: Int, maxBatch: Int) {
    self.rate = rate
    self.units = units
    self.layerIndex = layerIndex
    scales = AlignedBuffer(count: maxBatch * units)
  }

  /// Multiplies the rows `samples` of `values` (rows of `units`) by the mask, which is kept for
  /// `backward`.
  ///
  /// - Parameter key: of the first of `samples`.
  func forward(_ values: UnsafeMutablePointer<Float>, samples: Range<Int>, key: DropoutKey) {
    draw(samples, key)
    apply(values, samples)
  }

  /// Makes the mask for the rows `samples`.
  func draw(_ samples: Range<Int>, _ key: DropoutKey) {
    let philox = Philox(seed: key.seed).key
    let stream = Philox.Stream.dropout.rawValue | UInt32(truncatingIfNeeded: layerIndex) << 8
    for sample in samples {
      let position = key.firstPosition + sample - samples.lowerBound
      ck_dropout_scales(
        scales.pointer + sample * units, units,
        ck_dropout_key(
          key: (philox.x, philox.y),
          counter: (
            UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: key.epoch), stream
          )),
        rate, 1 / (1 - rate))
    }
  }

  /// The gradient goes where the values went.
  func backward(_ gradient: UnsafeMutablePointer<Float>, samples: Range<Int>) {
    apply(gradient, samples)
  }

  private func apply(_ values: UnsafeMutablePointer<Float>, _ samples: Range<Int>) {
    let first = samples.lowerBound * units
    ck_multiply(values + first, scales.pointer + first, samples.count * units)
  }
}
