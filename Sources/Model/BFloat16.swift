import CKernels

/// The upper half of a float: its exponent, and 7 bits of fraction (Intel, "BFLOAT16 – Hardware Numerics
/// Definition", 2018). Rounded to the nearest, ties to even.
public enum BFloat16 {
  /// Rounds floats that stay floats.
  public static func round(_ floats: UnsafeMutablePointer<Float>, count: Int) {
    ck_round_to_bfloat16(floats, count)
  }

  /// The same, but that what is not zero does not become it: its sign and 2⁻¹³³ stay.
  public static func roundToNonzero(_ floats: UnsafeMutablePointer<Float>, count: Int) {
    ck_round_to_nonzero_bfloat16(floats, count)
  }

  public static func pack(
    _ floats: UnsafePointer<Float>, into halves: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    ck_to_bfloat16(halves, floats, count)
  }

  public static func unpack(
    _ halves: UnsafePointer<UInt16>, into floats: UnsafeMutablePointer<Float>, count: Int
  ) {
    ck_from_bfloat16(floats, halves, count)
  }
}
