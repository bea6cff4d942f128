/// The windows that a moment of the run lies in, in order of their lower m/z bound.
///
/// While time goes forward each window enters and leaves once; where a file's scans go back in time
/// the list is made anew.
struct ActiveWindows {
  /// Windows (indices of the caller's) with a start at or before their end, in order of start.
  private let byStart: [Int32]
  private let starts: [Double]
  private let ends: [Double]
  /// Position of each window in the order of lower m/z bounds.
  private let mzRank: [Int32]
  private var time = -Double.infinity
  private var entered = 0
  private(set) var windows: [Int32] = []

  /// - Parameter mzMin: the lower m/z bounds, none of them NaN.
  init(starts: [Double], ends: [Double], mzMin: [Double]) {
    self.starts = starts
    self.ends = ends
    byStart = starts.indices.filter { starts[$0] <= ends[$0] }.sorted {
      (starts[$0], $0) < (starts[$1], $1)
    }.map(Int32.init)
    var rank = [Int32](repeating: 0, count: mzMin.count)
    let byMz = mzMin.indices.sorted { (mzMin[$0], $0) < (mzMin[$1], $1) }
    for (position, window) in byMz.enumerated() { rank[window] = Int32(position) }
    mzRank = rank
  }

  /// Goes to a scan's time.
  mutating func move(to now: Double) {
    guard now != time, !now.isNaN else { return }
    if now < time { (entered, windows) = (0, []) }
    time = now
    windows.removeAll { ends[Int($0)] < now }
    let first = entered
    while entered < byStart.count, starts[Int(byStart[entered])] <= now { entered += 1 }
    let new = byStart[first..<entered].filter { ends[Int($0)] >= now }
    if !new.isEmpty { merge(new.sorted { mzRank[Int($0)] < mzRank[Int($1)] }) }
  }

  /// Merges from the back, in place.
  private mutating func merge(_ new: [Int32]) {
    var (old, next) = (windows.count - 1, new.count - 1)
    windows.append(contentsOf: new)
    var target = windows.count - 1
    while next >= 0 {
      if old >= 0, mzRank[Int(windows[old])] > mzRank[Int(new[next])] {
        windows[target] = windows[old]
        old -= 1
      } else {
        windows[target] = new[next]
        next -= 1
      }
      target -= 1
    }
  }
}
