/// A label's m/z (Th) and retention time (minutes), nil where it has none, and how exactly they are
/// written.
struct LabelPlace {
  let mz: Double?
  private(set) var rt: Double?
  private let mzRounding: Double
  private var rtRounding: Double

  /// - Parameter unit: how many of the file's units of time a minute has.
  init(_ place: LabelTable.Place, unit: Double) {
    mz = place.mz?.value
    rt = place.rt.map { $0.value / unit }
    // A part in 10⁹ is what conversions and printing with 15 digits leave at most.
    mzRounding = max((place.mz?.rounding ?? 0) * 1.0001, abs(mz ?? 0) * 1e-9)
    rtRounding = max((place.rt?.rounding ?? 0) / unit * 1.0001, abs(rt ?? 0) * 1e-9)
  }

  /// Whether the label has neither: it is near every peak, and exactly at each.
  var isEmpty: Bool { mz == nil && rt == nil }

  /// The same place, had its time been written in another unit.
  func timed(by factor: Double) -> LabelPlace {
    var place = self
    place.rt = rt.map { $0 * factor }
    place.rtRounding *= factor
    return place
  }

  /// Whether what the label has of m/z and time lies within the tolerance of a peak's.
  func isNear(_ mz: Double, _ rt: Double, _ tolerance: LabelTolerance) -> Bool {
    (self.mz.map { abs($0 - mz) <= tolerance.mz } ?? true)
      && (self.rt.map { abs($0 - rt) <= tolerance.rt } ?? true)
  }

  /// Whether they are a peak's as far as the label writes them out.
  func isExact(_ mz: Double, _ rt: Double) -> Bool {
    (self.mz.map { abs($0 - mz) <= mzRounding } ?? true)
      && (self.rt.map { abs($0 - rt) <= rtRounding } ?? true)
  }

  var text: String {
    [mz.map { "m/z \($0)" }, rt.map { "\($0) min" }].compactMap { $0 }.joined(separator: ", ")
  }
}
