/// The windows that a moment of the run lies in, in order of their lower m/z bound.
///
/// While time goes forward each window enters and leaves once. Where it goes back, or so far ahead
/// that many enter at once, one look at every window makes the list anew.
struct ActiveWindows {
  /// Of the windows with a start at or before their end, in order of lower m/z bounds: the caller's
  /// index, start and end.
  private let order: [Int32]
  private let starts: [Double]
  private let ends: [Double]
  /// Positions in that order, by start, and the starts so sorted.
  private let byStart: [Int32]
  private let sortedStarts: [Double]
  private var time = -Double.infinity
  private var entered = 0
  /// Positions of the windows the moment lies in.
  private var positions: [Int32] = []
  private(set) var windows: [Int32] = []

  /// - Parameter mzMin: the lower m/z bounds, none of them NaN.
  init(starts: [Double], ends: [Double], mzMin: [Double]) {
    let order = starts.indices.filter { starts[$0] <= ends[$0] }.sorted {
      (mzMin[$0], $0) < (mzMin[$1], $1)
    }
    let (orderedStarts, orderedEnds) = (order.map { starts[$0] }, order.map { ends[$0] })
    let byStart = order.indices.sorted {
      (orderedStarts[$0], $0) < (orderedStarts[$1], $1)
    }
    self.order = order.map(Int32.init)
    self.starts = orderedStarts
    self.ends = orderedEnds
    self.byStart = byStart.map(Int32.init)
    sortedStarts = byStart.map { orderedStarts[$0] }
  }

  /// Goes to a scan's time.
  mutating func move(to now: Double) {
    guard now != time, !now.isNaN else { return }
    let isBack = now < time
    time = now
    let first = entered
    entered = startsUpTo(now, from: isBack ? 0 : entered)
    // Sorting many takes longer than looking at all.
    if isBack || 16 * (entered - first) > max(order.count, 1024) { return lookAtAll() }
    let before = positions.count
    positions.removeAll { ends[Int($0)] < now }
    let new = byStart[first..<entered].filter { ends[Int($0)] >= now }
    if !new.isEmpty { merge(new.sorted()) }
    if !new.isEmpty || positions.count != before { nameWindows() }
  }

  /// How many windows start at `now` or before, given that `from` do.
  private func startsUpTo(_ now: Double, from: Int) -> Int {
    var (low, high) = (from, sortedStarts.count)
    while low < high {
      let middle = (low + high) / 2
      if sortedStarts[middle] <= now { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func lookAtAll() {
    positions.removeAll(keepingCapacity: true)
    for position in order.indices where starts[position] <= time && time <= ends[position] {
      positions.append(Int32(position))
    }
    nameWindows()
  }

  private mutating func nameWindows() {
    windows.removeAll(keepingCapacity: true)
    for position in positions { windows.append(order[Int(position)]) }
  }

  /// Merges from the back, in place.
  private mutating func merge(_ new: [Int32]) {
    var (old, next) = (positions.count - 1, new.count - 1)
    positions.append(contentsOf: new)
    var target = positions.count - 1
    while next >= 0 {
      if old >= 0, positions[old] > new[next] {
        positions[target] = positions[old]
        old -= 1
      } else {
        positions[target] = new[next]
        next -= 1
      }
      target -= 1
    }
  }
}
