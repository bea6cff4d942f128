/// How far a label's m/z and retention time may be from the peak it is for, where they are not the
/// table's own numbers.
public struct LabelTolerance: Sendable, Equatable {
  /// Th.
  public var mz: Double
  /// Minutes.
  public var rt: Double

  /// 0.005 Th and 0.05 minutes (3 seconds): labels are made from the very table, so that the
  /// tolerance is for numbers that were rounded on the way, not for another run of the software.
  public init(mz: Double = 0.005, rt: Double = 0.05) {
    self.mz = mz
    self.rt = rt
  }
}
