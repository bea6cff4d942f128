/// An exponentially modified Gaussian: the usual model of a tailing chromatographic peak.
struct EMG {
  /// Height, and mean and width of the Gaussian part, in the units of intensity and time.
  var height: Double
  var center: Double
  var sigma: Double
  /// Time constant of the exponential part; > 0, tailing.
  var tau: Double

  /// The intensity at `time`.
  ///
  /// Source: Kalambet et al., "Reconstruction of chromatographic peaks using the exponentially
  /// modified Gaussian function", J. Chemometrics 25 (2011) 352, equations 2 and 6: `height` is that
  /// of the Gaussian before modification, so that the area stays height · sigma · √(2π).
  func callAsFunction(_ time: Double) -> Double {
    let distance = (time - center) / sigma
    if distance < -9 { return 0 }
    let ratio = sigma / tau
    let z = (ratio - distance) * 0.5.squareRoot()
    let factor = height * ratio * (Double.pi / 2).squareRoot()
    let gaussian = PortableMath.exp(-0.5 * distance * distance)
    if z >= 0 { return factor * gaussian * PortableMath.scaledErfc(z) }
    let tail = PortableMath.exp(0.5 * ratio * ratio - distance * ratio)
    return factor * (2 * tail - gaussian * PortableMath.scaledErfc(-z))
  }
}
