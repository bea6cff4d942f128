import Support

/// Draws the chromatograms of the demo set: one extracted-ion chromatogram around one detected peak,
/// and the label an expert would give it.
///
/// A chromatogram has scans at nearly even times; its mean intensity is a drifting baseline plus
/// exponentially modified Gaussians (the peak, shoulders, neighbours); its noise is shot noise plus
/// a part proportional to the signal (an unsteady spray); and it ends as whole counts, of which
/// those below a cut-off are missing, as in centroided files. A part of the windows lies at the
/// beginning or end of the run, where the margin is empty.
///
/// What the three labels look like, and where they overlap:
/// - **High_quality** (40 %): signal to noise from 6 up, well cut, perhaps with neighbours in
///   the margins or a slight shoulder.
/// - **Low_quality** (25 %): weak (signal to noise 2 … 8), or with a neighbour inside the
///   window, or badly cut, or erratic.
/// - **Noise** (35 %): no peak, spikes, a slow hump, the flank of a peak beside the window, or
///   something peak-like that barely rises above the noise (up to 2.5).
///
/// Every draw depends on (seed, index, attempt) alone.
struct PeakSimulator: Sendable {
  let seed: UInt64

  /// The label of peak `index`, without drawing the peak.
  func quality(of index: UInt32) -> SimulatedQuality {
    var draws = PhiloxSequence(seed: seed, stream: .simulation, a: index, b: 0)
    let share = draws.uniform()
    return share < 0.4 ? .high : share < 0.65 ? .low : .noise
  }

  /// - Parameter attempt: from 1: another attempt, another chromatogram of the same label.
  func chromatogram(_ index: UInt32, attempt: UInt32) -> SimulatedChromatogram {
    var draws = PhiloxSequence(seed: seed, stream: .simulation, a: index, b: attempt)
    var scene = PeakScene(&draws)
    switch quality(of: index) {
    case .high: scene.addHighQuality(&draws)
    case .low: scene.addLowQuality(&draws)
    case .noise: scene.addNoise(&draws)
    }
    scene.addNeighbours(&draws)
    return scene.acquire(&draws)
  }
}

/// Scan times in minutes with whole counts, and where peak detection saw the peak begin and end.
struct SimulatedChromatogram {
  var times: [Double] = []
  var intensities: [Double] = []
  var start: Double
  var end: Double
}
