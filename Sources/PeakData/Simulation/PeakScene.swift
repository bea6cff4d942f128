import Support

/// What is there before a mass spectrometer looks at it: baseline, peaks, and the window that peak
/// detection reported. Times are in minutes, intensities in counts.
struct PeakScene {
  /// Mean time between scans.
  let scanInterval: Double
  /// The middle of the window.
  let middle: Double
  /// Width of the window: 6 … 40 scans.
  let width: Double
  /// Shift of the reported window against the middle.
  var shift = 0.0
  /// Intensity far from any peak, at the middle; its change from edge to edge of window and margins.
  let baseline: Double
  var drift = 0.0
  /// Standard deviation of the noise = `shotNoise` · √intensity, plus `unsteadiness` · intensity.
  let shotNoise: Double
  var unsteadiness: Double
  var peaks: [EMG] = []
  /// Single scans of high intensity: how likely a scan is one.
  var spikes = 0.0

  init(_ draws: inout PhiloxSequence) {
    scanInterval = draws.logUniform(0.4, octaves: 2) / 60
    width = scanInterval * draws.logUniform(6.5, octaves: 2.6)
    middle = draws.uniform(1, 20)
    baseline = draws.logUniform(4, octaves: 9)
    shotNoise = draws.logUniform(0.9, octaves: 1.6)
    unsteadiness = draws.uniform(0.01, 0.06)
    if draws.chance(0.3) { drift = baseline * draws.uniform(-1, 1) }
  }

  /// Standard deviation of the noise on the baseline: the unit of signal to noise.
  var noise: Double { shotNoise * (baseline + 1).squareRoot() + unsteadiness * baseline }

  /// A peak about as wide as the window, `signal` times the noise high.
  mutating func peak(_ draws: inout PhiloxSequence, signal: Double) -> EMG {
    let sigma = width / draws.uniform(4.2, 6.5)
    let tau = sigma * draws.logUniform(0.15, octaves: 3.3)
    // The Gaussian before modification loses height by the tail; give back about as much.
    let height = signal * noise * (1 + 0.75 * tau / sigma)
    return EMG(height: height, center: middle - 0.6 * tau, sigma: sigma, tau: tau)
  }
}

extension PeakScene {
  mutating func addHighQuality(_ draws: inout PhiloxSequence) {
    let main = peak(&draws, signal: draws.logUniform(6, octaves: 5))
    peaks.append(main)
    shift = draws.uniform(-0.08, 0.08) * width
    if draws.chance(0.12) {
      addShoulder(&draws, to: main, relativeHeight: draws.uniform(0.05, 0.35))
    }
  }

  mutating func addLowQuality(_ draws: inout PhiloxSequence) {
    let kind = draws.uniform()
    if kind < 0.4 {
      peaks.append(peak(&draws, signal: draws.logUniform(2, octaves: 2)))
      shift = draws.uniform(-0.15, 0.15) * width
      return
    }
    let main = peak(&draws, signal: draws.logUniform(4, octaves: 4))
    peaks.append(main)
    if kind < 0.65 {
      addShoulder(&draws, to: main, relativeHeight: draws.uniform(0.35, 1))
    } else if kind < 0.85 {
      shift = draws.uniform(0.15, 0.5) * width * (draws.chance(0.5) ? 1 : -1)
    } else {
      unsteadiness = draws.uniform(0.12, 0.45)
    }
  }

  mutating func addNoise(_ draws: inout PhiloxSequence) {
    let kind = draws.uniform()
    if kind < 0.3 {
      // Nothing but the baseline.
      return
    } else if kind < 0.5 {
      peaks.append(peak(&draws, signal: draws.uniform(0.3, 2.5)))
    } else if kind < 0.65 {
      spikes = draws.uniform(0.02, 0.12)
    } else if kind < 0.8 {
      var hump = peak(&draws, signal: draws.logUniform(2, octaves: 3))
      hump.sigma *= draws.uniform(2.5, 6)
      hump.center += draws.uniform(-0.8, 0.8) * width
      peaks.append(hump)
    } else {
      var beside = peak(&draws, signal: draws.logUniform(5, octaves: 4))
      beside.center += draws.uniform(0.7, 1.3) * width * (draws.chance(0.5) ? 1 : -1)
      peaks.append(beside)
    }
  }

  /// A second peak that overlaps with `main` inside the window.
  private mutating func addShoulder(
    _ draws: inout PhiloxSequence, to main: EMG, relativeHeight: Double
  ) {
    var second = main
    second.height *= relativeHeight
    second.center += draws.uniform(1.6, 3.2) * main.sigma * (draws.chance(0.6) ? 1 : -1)
    second.sigma *= draws.uniform(0.6, 1.1)
    peaks.append(second)
  }

  /// Peaks of their own in the margins, whatever the label.
  mutating func addNeighbours(_ draws: inout PhiloxSequence) {
    for side in [-1.0, 1] where draws.chance(0.2) {
      var neighbour = peak(&draws, signal: draws.logUniform(2, octaves: 5))
      neighbour.sigma *= draws.uniform(0.5, 1)
      neighbour.center += side * draws.uniform(0.95, 1.5) * width
      peaks.append(neighbour)
    }
  }
}
