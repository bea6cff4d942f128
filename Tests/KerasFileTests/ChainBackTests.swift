import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "What was read and written here, back in real Keras", .serialized,
  .enabled(if: Python.isWanted, "NEATMS_SKIP_PYTHON=1"))
struct ChainBackTests {
  struct Fact: Decodable {
    var layers: [String]
    var frozen: [String]
    var step: Int?
  }

  /// Files of both Kerases, written again as `ours-NAME.END`, in the folder of what they became.
  struct Written {
    let folder = Result { try TemporaryFolder() }
    var models: [String: KerasModel] = [:]

    init(_ end: String) throws {
      let folder = try folder.get()
      for environment in ChainFileTests.both {
        let files = try ChainFiles.of(environment)
        for name in ChainFiles.chains + files.trained.map({ "go-\($0)" }) {
          let of = environment == .keras2 ? "keras" : "h5"
          let isLegacy = name.hasPrefix("go-legacy")
          let model = try files.read("\(name).\(isLegacy ? "h5" : of)")
          let label = "\(name)-\(environment.rawValue)"
          models[label] = model
          let path = folder.path("ours-\(label).\(end)")
          if end == "h5" {
            try KerasFile.write(model, to: path)
          } else {
            try KerasFile.writeZip(model, to: path)
          }
          let back = try KerasFile.read(path)
          #expect(back.weights == model.weights && back.optimizerState == model.optimizerState)
          #expect(back.architecture == model.architecture, "\(label)")
          #expect(back.optimizer == model.optimizer, "\(label)")
        }
      }
    }
  }

  @Test(
    "Weights to the last bit, predictions and three more steps to 1e-5, step count, frozen layers",
    arguments: [(Python.Environment.keras2, "h5"), (.keras3, "keras")])
  func opened(_ environment: Python.Environment, _ end: String) throws {
    let written = try Written(end)
    let folder = try written.folder.get()
    let facts: [String: Fact] = try facts(
      Python.run(environment, script: "keras-chains.py", ["open", folder.url.path]))
    #expect(Set(facts.keys) == Set(written.models.keys))
    let x = try ChainFiles.of(.keras2).peaks
    for (name, model) in written.models {
      let fact = try #require(facts[name])
      let architecture = model.architecture
      #expect(fact.layers.suffix(architecture.layers.count) == architecture.layers.map(\.name)[...])
      #expect(Set(fact.frozen) == model.frozenLayers)
      #expect(try floats(folder.path("\(name).\(end).weights.bin")) == model.weights, "\(name)")
      let theirs = try floats(folder.path("\(name).\(end).predictions.bin"))
      #expect(difference(try predictions(model, x), theirs) < 1e-5, "\(name)")
      guard name.hasPrefix("go-") else { continue }
      #expect(fact.step == 6, "\(name)")
      let after = try floats(folder.path("\(name).\(end).after.bin"))
      #expect(difference(try trainedOn(model, x).weights, after) < 1e-5, "\(name)")
    }
  }
}
