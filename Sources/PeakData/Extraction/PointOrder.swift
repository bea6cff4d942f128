/// The points of a spectrum in order of m/z, those that are not a number left out.
struct PointOrder {
  private(set) var mz: [Double] = []
  /// Each point's position in the spectrum.
  private(set) var order: [Int32] = []
  private var points: [Point] = []

  private struct Point {
    var mz: Double
    var position: Int32
  }

  mutating func sort(_ spectrum: UnsafeBufferPointer<Double>) {
    points.removeAll(keepingCapacity: true)
    for (position, mz) in spectrum.enumerated() where !mz.isNaN {
      points.append(Point(mz: mz, position: Int32(position)))
    }
    points.sort { $0.mz < $1.mz }
    mz.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    for point in points {
      mz.append(point.mz)
      order.append(point.position)
    }
  }
}
