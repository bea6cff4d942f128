import Foundation
import KerasFile
import Model
import PythonTesting
import Support
import Testing

@Suite("Zip files that are not what Keras writes")
struct ZipTests {
  let folder: TemporaryFolder
  let model = randomModel(points: 16, .adam(learningRate: 1e-3))

  init() throws {
    folder = try TemporaryFolder()
    try KerasFile.writeZip(model, to: folder.path("m.keras"))
  }

  private var whole: [UInt8] {
    get throws { Array(try Data(contentsOf: URL(fileURLWithPath: folder.path("m.keras")))) }
  }

  private func read(_ bytes: [UInt8]) throws -> Failure? {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path("bad.keras")))
    return failure { _ = try KerasFile.read(folder.path("bad.keras")) }
  }

  private func places(of text: String, in bytes: [UInt8]) -> [Int] {
    let wanted = Array(text.utf8)
    return (0...(bytes.count - wanted.count)).filter {
      bytes[$0] == wanted[0] && Array(bytes[$0..<($0 + wanted.count)]) == wanted
    }
  }

  @Test("Cut short anywhere")
  func cut() throws {
    let bytes = try whole
    #expect(try read(bytes) == nil)
    for length in [4, 22, 100, bytes.count / 2, bytes.count - 23, bytes.count - 1] {
      let found = try read(Array(bytes.prefix(length)))
      #expect(found?.code == .badData && found?.what == "is damaged or cut short", "\(length)")
    }
  }

  @Test("Changed weights, sizes and places are told by checksum and bounds")
  func changed() throws {
    let bytes = try whole
    // The weights' entry: its data start after its local header; its record is in the directory.
    let names = places(of: "model.weights.h5", in: bytes)
    #expect(names.count == 2)
    let (data, record) = (names[0] + 16, names[1] - 46)
    var copy = bytes
    copy[data + 5000] ^= 1
    #expect(try read(copy)?.what == "is damaged: its checksum is wrong")
    for (field, what) in [(20, "is damaged or cut short"), (24, "is damaged or cut short")] {
      copy = bytes
      copy[record + field + 3] = 0x7F
      #expect(try read(copy)?.what == what, "\(field)")
    }
    copy = bytes
    copy[record + 42 + 2] = 0x7F
    #expect(try read(copy)?.found == "data beyond its end")
    copy = bytes
    copy[record + 8] |= 1
    #expect(try read(copy)?.found == "encrypted")
    copy = bytes
    copy[record + 10] = 12
    #expect(try read(copy)?.found == "method 12")
    copy = bytes
    // Said to be deflated.
    copy[record + 10] = 8
    #expect(try read(copy)?.what == "is damaged")
  }

  @Test(
    "What Python's zipfile makes: deflated; too large, twice, missing; names that are paths",
    .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
  func python() throws {
    let code = """
      import sys, warnings, zipfile; warnings.simplefilter("ignore")
      folder = sys.argv[1]
      with zipfile.ZipFile(f"{folder}/m.keras") as z: parts = {n: z.read(n) for n in z.namelist()}
      def save(name, parts):
        with zipfile.ZipFile(f"{folder}/{name}.keras", "w", zipfile.ZIP_DEFLATED) as z:
          for n, data in parts: z.writestr(n, data)
      every = list(parts.items())
      save("deflated", [("../../escaped", b"x"), ("/tmp/neatms-escaped", b"x")] + every)
      save("bomb", [p for p in every if p[0] != "config.json"] + [("config.json", b" " * 10**8)])
      save("twice", every + [("config.json", parts["config.json"])])
      save("none", [p for p in every if p[0] != "model.weights.h5"])
      save("text", [p for p in every if p[0] != "config.json"] + [("config.json", b"{")])
      save("hdf5", [p for p in every if p[0] != "model.weights.h5"] + [("model.weights.h5", b"h")])
      """
    try Python.run(.keras2, code: code, [folder.url.path])
    let deflated = try KerasFile.read(folder.path("deflated.keras"))
    #expect(deflated.weights == model.weights && deflated.optimizerState == model.optimizerState)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/neatms-escaped"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("../../escaped")))
    for (name, place, what) in [
      ("bomb", "config.json", "is too large"), ("twice", "config.json", "is there more than once"),
      ("none", "model.weights.h5", "is missing"), ("text", "config.json", "is damaged"),
      ("hdf5", "model.weights.h5", "is not an HDF5 file"),
    ] {
      let path = folder.path("\(name).keras")
      let found = failure { _ = try KerasFile.read(path) }
      #expect(found?.code == .badData && found?.what == what, "\(name): \(found as Any)")
      #expect(found?.place == "\(path), \(place)")
    }
  }
}
