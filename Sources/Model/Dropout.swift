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
  private let scales: AlignedBuffer

  init(rate: Float, units: Int, layerIndex: Int, maxBatch: Int) {
    self.rate = rate
    self.units = units
    self.layerIndex = layerIndex
    scales = AlignedBuffer(count: maxBatch * units)
  }

  /// Multiplies `values` (`count` × units) by the mask, which is kept for `backward`.
  func forward(_ values: UnsafeMutablePointer<Float>, count: Int, key: DropoutKey) {
    let philox = Philox(seed: key.seed)
    let stream = Philox.Stream.dropout.rawValue | UInt32(truncatingIfNeeded: layerIndex) << 8
    let keep = 1 / (1 - rate)
    for sample in 0..<count {
      let position = UInt32(truncatingIfNeeded: key.firstPosition + sample)
      let row = scales.pointer + sample * units
      for unit in stride(from: 0, to: units, by: 4) {
        let words = philox.block(
          SIMD4(UInt32(unit / 4), position, UInt32(truncatingIfNeeded: key.epoch), stream))
        for place in 0..<min(4, units - unit) {
          row[unit + place] = Float(words[place] >> 8) * 0x1p-24 >= rate ? keep : 0
        }
      }
    }
    apply(values, count: count)
  }

  /// The gradient goes where the values went.
  func backward(_ gradient: UnsafeMutablePointer<Float>, count: Int) {
    apply(gradient, count: count)
  }

  private func apply(_ values: UnsafeMutablePointer<Float>, count: Int) {
    let scale = scales.pointer
    for index in 0..<(count * units) { values[index] *= scale[index] }
  }
}
