/// A chromatogram with one intensity a scan time, in order of time: what NeatMS makes with
/// `numpy.unique` of the times and the sum of each time's points.
struct ScanSums {
  private(set) var times: [Double] = []
  private(set) var sums: [Double] = []

  init() {}

  /// Takes the points with `start` ≤ time ≤ `end`, in place of those it had.
  mutating func gather(
    _ times: UnsafeBufferPointer<Double>, _ intensities: UnsafeBufferPointer<Double>,
    from start: Double, to end: Double
  ) {
    self.times.removeAll(keepingCapacity: true)
    sums.removeAll(keepingCapacity: true)
    var first = 0
    while first < times.count {
      let time = times[first]
      var next = first + 1
      guard time >= start && time <= end else {
        first = next
        continue
      }
      if let last = self.times.last, time <= last {
        return gatherUnordered(times, intensities, from: start, to: end)
      }
      while next < times.count && times[next] == time { next += 1 }
      self.times.append(time)
      sums.append(pairwiseSum(UnsafeBufferPointer(rebasing: intensities[first..<next])))
      first = next
    }
  }

  /// Sorts the points by time, those of equal time in the order they came in.
  private mutating func gatherUnordered(
    _ times: UnsafeBufferPointer<Double>, _ intensities: UnsafeBufferPointer<Double>,
    from start: Double, to end: Double
  ) {
    let order = times.indices.filter { times[$0] >= start && times[$0] <= end }.sorted {
      (times[$0], $0) < (times[$1], $1)
    }
    order.map { times[$0] }.withUnsafeBufferPointer { times in
      order.map { intensities[$0] }.withUnsafeBufferPointer { intensities in
        gather(times, intensities, from: start, to: end)
      }
    }
  }
}

/// `numpy.sum` of contiguous doubles, in its order of additions (`pairwise_sum`, NumPy 1.26): runs
/// of up to 128 with eight accumulators, halves above that.
func pairwiseSum(_ values: UnsafeBufferPointer<Double>) -> Double {
  let count = values.count
  if count == 1 { return values[0] }
  if count < 8 { return values.reduce(0, +) }
  if count > 128 {
    var half = count / 2
    half -= half % 8
    return pairwiseSum(UnsafeBufferPointer(rebasing: values[..<half]))
      + pairwiseSum(UnsafeBufferPointer(rebasing: values[half...]))
  }
  var sums = Array(values.prefix(8))
  let whole = count - count % 8
  for offset in stride(from: 8, to: whole, by: 8) {
    for lane in 0..<8 { sums[lane] += values[offset + lane] }
  }
  let total =
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
  return values[whole...].reduce(total, +)
}
