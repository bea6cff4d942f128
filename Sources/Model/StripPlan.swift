/// How a sample is cut along the points, so that each strip's features can be computed by itself.
///
/// A strip's features are those of as many neighbouring points in every row of the image. They need a few points
/// of the input more on either side, which neighbouring strips both compute: on NeatMS's 120 points two strips
/// need 64 points each. The convolutions see zeros beyond the strip's input; that reaches no feature which is
/// the strip's own.
public struct StripPlan: Sendable, Equatable {
  /// Rows of the first Dense kernel of each strip, in runs: neighbouring ones, one run for every row of the image.
  public let rows: [[Range<Int>]]
  /// Points of a strip's input, and the first one of each.
  let width: Int
  let starts: [Int]
  /// Points of the features that a strip computes, and the first own one of each.
  let computed: Int
  let own: [Int]
  /// Floats of a point's features in one row of the image.
  let channels: Int

  /// The most points that strips may compute, as a multiple of those that whole samples have.
  private static let limit = 1.25

  /// - Returns: nil where a chain of layers cannot be cut into so many, or not with profit.
  public init?(_ architecture: Architecture, strips: Int) {
    let features = architecture.inputShapes[architecture.flattenIndex]
    guard strips > 1, ConvBase.handles(architecture), !architecture.dropsFeatures,
      features.width % strips == 0
    else { return nil }
    let points = features.width / strips
    let inputs = (0..<strips).map { strip in
      Self.input(architecture, of: (strip * points)..<((strip + 1) * points))
    }
    // Pools of a strip are pools of the sample where it begins with one.
    let pool = Self.pools(architecture).reduce(1) { $0 * $1.pool }
    let whole = architecture.matrixSize
    let firsts = inputs.map { $0.lowerBound / pool * pool }
    var width = zip(inputs, firsts).map { $0.upperBound - $1 }.max() ?? whole
    width += (whole - width) % pool
    // As many points as Winograd's tiles need, where whole samples have them too.
    if whole % (4 * pool) == 0 { width = (width + 4 * pool - 1) / (4 * pool) * 4 * pool }
    guard Double(strips * width) <= Self.limit * Double(whole) else { return nil }
    self.width = width
    starts = firsts.map { min($0, whole - width) }
    computed = Self.pools(architecture).reduce(width) { $0 / $1.pool }
    own = starts.enumerated().map { $0 * points - $1 / pool }
    channels = features.channels
    rows = (0..<strips).map { strip in
      (0..<features.height).map { height in
        let first = (height * features.width + strip * points) * features.channels
        return first..<(first + points * features.channels)
      }
    }
  }

  /// The convolutions, each with the pool after it.
  private static func pools(
    _ architecture: Architecture
  ) -> [(conv: Layer.Conv2D, width: Int, pool: Int)] {
    let layers = architecture.layers[..<architecture.flattenIndex]
    let shapes = architecture.inputShapes
    return layers.indices.compactMap { index in
      guard case .conv2D(let conv) = layers[index].kind else { return nil }
      var pool = 1
      if index + 1 < layers.endIndex, case .maxPooling2D(let next) = layers[index + 1].kind {
        pool = next.poolWidth
      }
      return (conv, shapes[index].width, pool)
    }
  }

  /// The points of the input that these points of the features come from.
  private static func input(_ architecture: Architecture, of points: Range<Int>) -> Range<Int> {
    pools(architecture).reversed().reduce(points) { points, layer in
      let left = (layer.conv.kernelWidth - 1) / 2
      let right = layer.conv.kernelWidth - 1 - left
      return max(
        points.lowerBound * layer.pool - left, 0)..<min(
          points.upperBound * layer.pool + right, layer.width)
    }
  }

  /// The features of `capacity` samples: pieces one cache line apart from a multiple of a page, or rows of
  /// a product would all fall on the same lines of the cache.
  func layout(capacity: Int) -> FeatureLayout {
    let height = rows[0].count
    let piece = height * computed * channels
    return FeatureLayout(
      capacity: capacity, row: (piece + 15) / 16 * 16 + 16,
      runs: zip(rows, own).map { runs, own in
        runs.enumerated().map { height, rows in
          FeatureLayout.Run(rows: rows, column: (height * computed + own) * channels)
        }
      })
  }
}

extension Architecture {
  /// Whether a Dropout layer lies between Flatten and the first Dense layer.
  var dropsFeatures: Bool {
    for layer in layers.dropFirst(flattenIndex + 1) {
      guard case .dropout(let rate) = layer.kind else { return false }
      if rate > 0 { return true }
    }
    return false
  }
}
