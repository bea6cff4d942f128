import Foundation
import PeakData
import PythonTesting
import Support
import Testing

@Suite("batches.h5 of h5py", .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct BatchesFileH5pyTests {
  /// Writes `b.h5` with h5py: `string(list)` makes string arrays, `x` and `more` options of x.
  static func write(_ folder: TemporaryFolder, strings: String, matrices: String, labels: String)
    throws
  {
    let code = """
      import sys, h5py, numpy as np
      folder = sys.argv[1]
      strings = lambda values: \(strings)
      random = np.random.default_rng(1)
      with h5py.File(folder + "/b.h5", "w") as f:
        f.attrs["format"] = "neatms-batches"; f.attrs["version"] = 1
        f.attrs["matrix_size"] = 10; f.attrs["margin"] = 1; f.attrs["min_scan_num"] = 5
        f.attrs["classes"] = strings(["Artifact", "True_peak"])
        for name, n in [("train", 300), ("test", 7), ("validation", 0)]:
          g = f.create_group(name)
          x = random.random((n, 2, 10)); y = np.arange(n) % 2
          ids = [f"p{i}" for i in range(n)]
          if n == 0: g["x"] = np.array([]); g["y"] = np.array([]); g["id"] = np.array([])
          else:
            \(matrices)
            \(labels)
            g["id"] = strings(ids); g["feature_id"] = np.arange(n)
          x.astype("float32").tofile(f"{folder}/{name}.bin")
      """
    try Python.run(.keras2, code: code, [folder.url.path])
  }

  static func check(_ folder: TemporaryFolder) throws {
    let file = try BatchesFile(path: folder.path("b.h5"))
    #expect(
      file.header
        == BatchesHeader(
          matrixSize: 10, margin: 1, minScanNum: 5, classes: ["Artifact", "True_peak"]))
    for (split, count) in [(Split.train, 300), (.test, 7), (.validation, 0)] {
      #expect(file.count(split) == count)
      #expect(try file.readLabels(split) == (0..<count).map { Int32($0 % 2) })
      #expect(try file.readIDs(split) == (0..<count).map { "p\($0)" })
      let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("\(split.rawValue).bin")))
      let expected = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      var values = [Float](repeating: -1, count: count * 20)
      for start in stride(from: 0, to: count, by: 64) {
        let rows = start..<min(start + 64, count)
        try values.withUnsafeMutableBufferPointer {
          guard let base = $0.baseAddress else { return }
          try file.readMatrices(split, rows, into: base + start * 20)
        }
      }
      #expect(values == expected)
    }
    #expect(try file.readColumns(.test).featureID == (0..<7).map(String.init))
  }

  @Test("Variable-length strings, contiguous float32, int32")
  func plain() throws {
    let folder = try TemporaryFolder()
    try Self.write(
      folder, strings: "np.array(values, dtype=h5py.string_dtype())",
      matrices: "g['x'] = x.astype('float32')", labels: "g['y'] = y.astype('int32')")
    try Self.check(folder)
  }

  @Test("Fixed-length strings, compressed chunks of float64, int64")
  func compressed() throws {
    let folder = try TemporaryFolder()
    try Self.write(
      folder, strings: "np.array(values, dtype='S12')",
      matrices:
        "g.create_dataset('x', data=x, chunks=(min(n, 50), 1, 4), compression='gzip', shuffle=True)",
      labels: "g.create_dataset('y', data=y.astype('int64'), chunks=True, compression='lzf')")
    #expect(throws: Failure.self) { try Self.check(folder) }
    try Self.write(
      folder, strings: "np.array(values, dtype='S12')",
      matrices:
        "g.create_dataset('x', data=x, chunks=(min(n, 50), 1, 4), compression='gzip', shuffle=True)",
      labels: "g['y'] = y.astype('int64')")
    try Self.check(folder)
  }

  @Test("Big-endian numbers, bytes as ids, resizable")
  func odd() throws {
    let folder = try TemporaryFolder()
    try Self.write(
      folder, strings: "[v.encode() for v in values]",
      matrices: "g.create_dataset('x', data=x.astype('>f4'), maxshape=(None, 2, 10))",
      labels: "g['y'] = y.astype('>u2')")
    try Self.check(folder)
  }

  @Test("Links to other files are not followed")
  func links() throws {
    let folder = try TemporaryFolder()
    try Self.write(
      folder, strings: "values", matrices: "g['x'] = x", labels: "g['y'] = y")
    for link in [
      "h5py.ExternalLink('b.h5', '/train')", "h5py.SoftLink('/test')",
    ] {
      let code = """
        import sys, shutil, h5py
        shutil.copy(sys.argv[1] + "/b.h5", sys.argv[1] + "/c.h5")
        with h5py.File(sys.argv[1] + "/c.h5", "r+") as f:
          del f["train"]; f["train"] = \(link)
        """
      try Python.run(.keras2, code: code, [folder.url.path])
      let found = failure { _ = try BatchesFile(path: folder.path("c.h5")) }
      #expect(found?.code == .badData && found?.what == "is a link, and links are not followed")
    }
    let code = """
      import sys, h5py
      layout = h5py.VirtualLayout((300, 2, 10), "f8")
      layout[:] = h5py.VirtualSource(sys.argv[1] + "/b.h5", "train/x", (300, 2, 10))
      with h5py.File(sys.argv[1] + "/b.h5", "a") as f:
        del f["train/x"]; f["train"].create_virtual_dataset("x", layout)
      """
    try Python.run(.keras2, code: code, [folder.url.path])
    let found = failure { _ = try BatchesFile(path: folder.path("b.h5")) }
    #expect(found?.what == "keeps its data in another file")
  }

  @Test("Numbers where strings belong, and the reverse, are refused")
  func types() throws {
    for (strings, labels, place) in [
      ("values", "g['y'] = y / 2", "train/y"),
      ("list(range(len(values)))", "g['y'] = y", "classes"),
    ] {
      let folder = try TemporaryFolder()
      try Self.write(folder, strings: strings, matrices: "g['x'] = x", labels: labels)
      let found = failure { _ = try BatchesFile(path: folder.path("b.h5")) }
      #expect(found?.code == .badData && found?.what == "has the wrong type")
      #expect(found?.place?.hasSuffix(place) == true)
    }
  }

  @Test("h5py reads what is written here")
  func readByH5py() throws {
    let folder = try TemporaryFolder()
    try BatchesWriter.write(BatchesFileTests.Memory(), to: folder.path("b.h5"))
    let code = """
      import sys, h5py, numpy as np
      f = h5py.File(sys.argv[1])
      assert f.attrs["format"] == "neatms-batches" and f.attrs["version"] == 1
      assert list(f.attrs["classes"]) == ["High_quality", "Low_quality", "Noise"]
      assert f.attrs["margin"] == 1.5 and f.attrs["seed"] == 2**64 - 1
      x, y, ids = (f["train"][k] for k in ("x", "y", "id"))
      assert x.shape == (2500, 2, 6) and x.dtype == np.float32 and y.dtype == np.int32
      assert (x[:] == np.arange(2500)[:, None, None] + np.arange(12).reshape(2, 6) / 2).all()
      assert (y[:] == np.arange(2500) % 3).all()
      assert ids.asstr()[1] == "peak 1 α" and f["validation/x"].shape == (0, 2, 6)
      print("read")
      """
    #expect(try Python.run(.keras2, code: code, [folder.path("b.h5")]) == "read\n")
  }
}
