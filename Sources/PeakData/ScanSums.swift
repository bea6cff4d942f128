/// A chromatogram with one intensity a scan time, in order of time: what NeatMS makes with
/// `numpy.unique` of the times and the sum of each time's points.
struct ScanSums {
  private(set) var times: [Double] = []
  private(set) var sums: [Double] = []

  /// Takes the points with `start` ≤ time ≤ `end`.
  init(_ times: [Double], _ intensities: [Double], from start: Double, to end: Double) {
    var chosen = times.indices.filter { times[$0] >= start && times[$0] <= end }
    if zip(chosen, chosen.dropFirst()).contains(where: { times[$0] > times[$1] }) {
      chosen.sort { (times[$0], $0) < (times[$1], $1) }
    }
    self.times.reserveCapacity(chosen.count)
    sums.reserveCapacity(chosen.count)
    var first = 0
    while first < chosen.count {
      let time = times[chosen[first]]
      var next = first + 1
      while next < chosen.count && times[chosen[next]] == time { next += 1 }
      self.times.append(time)
      if next == first + 1 {
        sums.append(intensities[chosen[first]])
      } else {
        sums.append(pairwiseSum(chosen[first..<next].map { intensities[$0] }[...]))
      }
      first = next
    }
  }
}

/// `numpy.sum` of contiguous doubles, in its order of additions (`pairwise_sum`, NumPy 1.26): runs
/// of up to 128 with eight accumulators, halves above that.
private func pairwiseSum(_ values: ArraySlice<Double>) -> Double {
  let count = values.count
  if count < 8 { return values.reduce(0, +) }
  if count > 128 {
    var half = count / 2
    half -= half % 8
    return pairwiseSum(values.prefix(half)) + pairwiseSum(values.dropFirst(half))
  }
  var sums = Array(values.prefix(8))
  let (start, whole) = (values.startIndex, count - count % 8)
  for offset in stride(from: 8, to: whole, by: 8) {
    for lane in 0..<8 { sums[lane] += values[start + offset + lane] }
  }
  let total =
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
  return values.dropFirst(whole).reduce(total, +)
}
