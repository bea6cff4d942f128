/// The union of closed time ranges, as few sorted ones that do not touch.
struct TimeRanges: Sendable {
  private var starts: [Double] = []
  private var ends: [Double] = []

  /// Ranges whose start is not at or before their end hold nothing.
  init(_ ranges: some Sequence<(start: Double, end: Double)>) {
    for range in ranges.filter({ $0.start <= $0.end }).sorted(by: { $0.start < $1.start }) {
      if let last = ends.last, range.start <= last {
        ends[ends.count - 1] = max(last, range.end)
      } else {
        starts.append(range.start)
        ends.append(range.end)
      }
    }
  }

  /// Whether `time` lies in any of them, bounds included.
  func contains(_ time: Double) -> Bool {
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low > 0 && time <= ends[low - 1]
  }
}
