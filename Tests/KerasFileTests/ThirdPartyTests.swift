import Foundation
import KerasFile
import PythonTesting
import Support
import Testing

/// Where real data lies beside the package, if it does.
private let thirdParty: String? = {
  let shared =
    ProcessInfo.processInfo.environment["NEATMS_SHARED"]
    ?? Python.root.deletingLastPathComponent().appendingPathComponent("shared").path
  let folder = shared + "/data/keras-h5"
  return FileManager.default.fileExists(atPath: folder) ? folder : nil
}()

@Suite(
  "Files that others published, of Keras 2.1 to 2.4",
  .enabled(if: thirdParty != nil, "no ../shared/data/keras-h5 (or NEATMS_SHARED) here"))
struct ThirdPartyTests {
  /// None of them takes peak matrices.
  static let refusals = [
    "deepgame_mnist.h5":
      "the input's shape: expected (None, 2, points, 1), found (None, 28, 28, 1)",
    "huyhoang17_mnist.h5":
      "layer batch_normalization: expected a kernel and a bias, found the shapes [[16], [16],",
    "naonaorange_bin_class.h5": "the input's shape: expected (None, 2, points, 1), found (None, ",
    "naonaorange_cnn_mnist.h5": "found (None, 28, 28, 1)",
    "retip_model.h5": "the input's shape: expected (None, 2, points, 1), found (None, ",
  ]

  static func path(_ name: String) -> String { "\(thirdParty ?? "")/\(name)" }

  @Test("They are refused for what they are", arguments: refusals.keys.sorted())
  func refused(_ name: String) throws {
    let found = failure { _ = try KerasFile.read(Self.path(name)) }
    #expect(found?.code == .badData)
    let expected = try #require(Self.refusals[name])
    #expect(found?.description.contains(expected) == true, "\(found?.description ?? "read")")
  }

  @Test(
    "Their weights are what h5py reads, to the last bit",
    .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
  func weights() throws {
    struct Tensor: Decodable {
      var layer: String
      var name: String
      var shape: [Int]
    }
    let folder = try TemporaryFolder()
    let code = """
      import h5py, json, os, sys
      found = {}
      text = lambda a: [n.decode() if isinstance(n, bytes) else n for n in a]
      for path in sys.argv[2:]:
        name, file = os.path.basename(path), h5py.File(path)
        group = file["model_weights"] if "model_weights" in file else file
        listed = [(layer, name, group[layer][name]) for layer in text(group.attrs["layer_names"])
          for name in text(group[layer].attrs["weight_names"])]
        with open(f"{sys.argv[1]}/{name}.bin", "wb") as out:
          for _, _, data in listed: out.write(data[()].astype("float32").tobytes())
        found[name] = [{"layer": l, "name": n, "shape": list(d.shape)} for l, n, d in listed]
      print(json.dumps(found))
      """
    let names = Self.refusals.keys.sorted()
    let listed: [String: [Tensor]] = try facts(
      Python.run(.keras2, code: code, [folder.url.path] + names.map(Self.path)))
    #expect(listed.count == names.count)
    for name in names {
      let ours = try KerasFile.tensors(Self.path(name))
      let theirs = try #require(listed[name])
      #expect(ours.count == theirs.count && ours.count > 1)
      for (tensor, expected) in zip(ours, theirs) {
        #expect(tensor.layer == expected.layer && tensor.name == expected.name)
        #expect(tensor.shape == expected.shape)
      }
      #expect(ours.flatMap(\.values) == (try floats(folder.path("\(name).bin"))), "\(name)")
    }
  }
}
