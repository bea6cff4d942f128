import Foundation
import Model
import PythonTesting
import TestTools
import Testing

/// `--wire bf16`: rounding as TensorFlow's, and what it may and may not be asked for.
@Suite struct WireTests {
  /// Halves between two neighbours, to even and odd; the largest float; denormals, zeros, infinities,
  /// NaNs; and a spread of all exponents.
  static let bits: [UInt32] =
    [
      0x3F80_0000, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x3F80_7FFF, 0x7F7F_FFFF, 0xFF7F_FFFF,
      0x0000_0001, 0x0000_8000, 0x0001_8000, 0x8000_0000, 0, 0x7F80_0000, 0xFF80_0000,
    ] + (0..<2000).map { UInt32($0) &* 2_147_001 }

  @Test(.enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
  func roundsAsTensorFlow() throws {
    let finite = Self.bits.filter { !Float(bitPattern: $0).isNaN }
    let code = """
      import sys, numpy as np, tensorflow as tf
      bits = np.array([int(word, 16) for word in sys.argv[1].split()], np.uint32)
      half = tf.cast(bits.view(np.float32), tf.bfloat16)
      wide = tf.cast(half, tf.float32).numpy().view(np.uint32)
      print(" ".join(f"{value:x}" for value in wide))
      """
    let words = finite.map { String($0, radix: 16) }.joined(separator: " ")
    let printed = try Python.run(.keras2, code: code, [words])
    let expected = printed.split { $0.isWhitespace }.compactMap { UInt32($0, radix: 16) }
    var floats = finite.map(Float.init(bitPattern:))
    var halves = [UInt16](repeating: 0, count: floats.count)
    BFloat16.pack(floats, into: &halves, count: floats.count)
    var widened = [Float](repeating: 0, count: floats.count)
    BFloat16.unpack(halves, into: &widened, count: floats.count)
    BFloat16.round(&floats, count: floats.count)
    #expect(floats.map(\.bitPattern) == expected)
    #expect(widened.map(\.bitPattern) == expected)
  }

  @Test func notANumberStaysSo() {
    var floats = [0x7F80_0001, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xFF80_0001].map(Float.init(bitPattern:))
    BFloat16.round(&floats, count: floats.count)
    #expect(floats.map(\.isNaN) == [true, true, true, true])
  }

  @Test func dataParallelSendsNoFeatures() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("batches.h5"), peaks: 110)
    let refused = try Train("--parallel", "data", "--wire", "bf16", "--epochs", "1").run(in: folder)
    #expect(refused.status == 64)
    #expect(refused.stderr.contains("--wire bf16: expected --parallel sharded or auto"))
  }
}
