import Support

extension PeakScene {
  /// Scans from before the left margin to after the right one.
  func acquire(_ draws: inout PhiloxSequence) -> SimulatedChromatogram {
    let (start, end) = (middle + shift - width / 2, middle + shift + width / 2)
    var chromatogram = SimulatedChromatogram(start: start, end: end)
    var (first, last) = (start - width - scanInterval, end + width + scanInterval)
    // At the beginning or the end of the run there are no scans.
    if draws.chance(0.04) { first = start - draws.uniform(0, 0.9) * width }
    if draws.chance(0.04) { last = end + draws.uniform(0, 0.9) * width }
    let cutoff = draws.chance(0.5) ? draws.uniform(0.2, 0.9) * baseline : 0
    var time = first + draws.uniform() * scanInterval
    while time <= last {
      let counts = measure(time, &draws)
      if counts > 0 && counts >= cutoff {
        chromatogram.times.append(time)
        chromatogram.intensities.append(counts)
      }
      time += scanInterval * draws.uniform(0.8, 1.2)
    }
    return chromatogram
  }

  /// Whole counts of one scan. Rounding also hides what the last bits of the mean could differ by.
  private func measure(_ time: Double, _ draws: inout PhiloxSequence) -> Double {
    var mean = baseline + drift * (time - middle) / (3 * width)
    for peak in peaks { mean += peak(time) }
    if spikes > 0 && draws.chance(spikes) { mean += noise * draws.logUniform(4, octaves: 3) }
    mean = max(mean, 0)
    let deviation = shotNoise * mean.squareRoot() + unsteadiness * mean
    return max((mean + deviation * draws.normal()).rounded(), 0)
  }
}
