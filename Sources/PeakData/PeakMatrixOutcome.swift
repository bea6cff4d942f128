/// Whether a peak has a matrix, and how many scans lie between its start and its end: NeatMS's
/// `valid` and `scan_number`.
public enum PeakMatrixOutcome: Sendable, Equatable {
  case valid(scans: Int)
  /// `scans` is nil where at most one spectrum has signal: NeatMS then leaves `scan_number` unset.
  case invalid(PeakMatrixFault, scans: Int?)

  public var isValid: Bool {
    if case .valid = self { true } else { false }
  }
}

/// Why a peak has no matrix.
public enum PeakMatrixFault: String, Sendable, CaseIterable {
  /// At most one scan with signal inside window and margins.
  case noSignal = "no signal"
  /// Fewer scans inside the peak than the minimum.
  case tooFewScans = "too few scans"
  /// The same intensity everywhere: scaling would divide 0 by 0. NeatMS 0.9 counts such a peak as
  /// valid and trains on a matrix of NaN.
  case flat = "flat signal"
  /// An intensity that is infinite, or not a number.
  case notFinite = "intensity not finite"
  /// Window and margins lie before the first or after the last MS1 scan of the run.
  case outsideRun = "outside the run"
}
