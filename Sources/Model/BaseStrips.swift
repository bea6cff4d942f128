import Support

/// The conv base over strips of the samples (`StripPlan`): for ranks each of which computes a part of every
/// sample, and needs no features of others then.
public final class BaseStrips {
  /// Its samples are pieces (`FeatureLayout`).
  let base: ConvBase
  let values: AlignedBuffer
  let gradient: AlignedBuffer
  public let layout: FeatureLayout
  /// Floats of a piece's input.
  public let inputCount: Int
  private let plan: StripPlan
  private let input: SampleShape

  /// - Parameter capacity: samples of a batch.
  init?(
    _ architecture: Architecture, _ plan: StripPlan, layout tensors: ParameterLayout, capacity: Int
  ) {
    var narrow = architecture
    narrow.input.width = plan.width
    let layout = plan.layout(capacity: capacity)
    let strips = plan.rows.count
    guard
      let base = ConvBase(
        narrow, layout: tensors, maxBatch: strips * capacity, lane: strips * PeakNet.defaultLane,
        row: layout.row)
    else { return nil }
    self.base = base
    self.layout = layout
    self.plan = plan
    input = architecture.input
    inputCount = narrow.input.count
    values = AlignedBuffer(count: layout.count)
    gradient = AlignedBuffer(count: layout.count)
  }

  /// Copies a strip of a matrix.
  ///
  /// - Parameters:
  ///   - matrix: (rows, points) as the architecture has them.
  ///   - target: gets `inputCount` floats.
  public func cut(
    _ matrix: UnsafePointer<Float>, strip: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let (from, to) = (input.width * input.channels, plan.width * input.channels)
    for row in 0..<input.height {
      (target + row * to).update(
        from: matrix + row * from + plan.starts[strip] * input.channels, count: to)
    }
  }
}
