import CKernels

/// Rows of floats of which many are zero, as a bit for each and the ones that are not: no number changes.
///
/// After relu about half of a peak's features are zero at first and up to nine in ten when the network has
/// learned; where a feature is zero its gradient goes no further (`Architecture.zeroFeaturesStopGradients`).
public enum NonzeroFloats {
  /// Words of the bits of `count` floats.
  public static func words(_ count: Int) -> Int { (count + 31) / 32 }

  /// - Parameters:
  ///   - half: the numbers are of `BFloat16`, and are kept in two bytes.
  ///   - packed: room for all of `row`.
  /// - Returns: the numbers that are not zero.
  public static func pack(
    _ row: UnsafePointer<Float>, count: Int, half: Bool, mask: UnsafeMutablePointer<UInt32>,
    into packed: UnsafeMutableRawPointer
  ) -> Int {
    ck_pack_nonzero(row, row, count, half ? 1 : 0, mask, packed)
  }

  /// The numbers of `row` in the places where `mark` is not zero.
  public static func pack(
    _ row: UnsafePointer<Float>, where mark: UnsafePointer<Float>, count: Int, half: Bool,
    into packed: UnsafeMutableRawPointer
  ) -> Int {
    ck_pack_nonzero(row, mark, count, half ? 1 : 0, nil, packed)
  }

  /// The mirror image of the first `pack`.
  public static func unpack(
    _ packed: UnsafeRawPointer, mask: UnsafePointer<UInt32>, count: Int, half: Bool,
    into row: UnsafeMutablePointer<Float>
  ) -> Int {
    ck_unpack_nonzero(row, nil, mask, count, half ? 1 : 0, packed)
  }

  /// The mirror image of the second `pack`: `row` is zero where `mark` is.
  public static func unpack(
    _ packed: UnsafeRawPointer, where mark: UnsafePointer<Float>, count: Int, half: Bool,
    into row: UnsafeMutablePointer<Float>
  ) -> Int {
    ck_unpack_nonzero(row, mark, nil, count, half ? 1 : 0, packed)
  }
}
