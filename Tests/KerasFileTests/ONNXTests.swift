import Foundation
import KerasFile
import Model
import PythonTesting
import Testing

@Suite(
  "ONNX, in ONNX's checker and onnxruntime",
  .enabled(if: Python.has(.onnx), "no .venv-onnx: scripts/venv.sh onnx makes it"))
struct ONNXTests {
  struct Fact: Decodable {
    var ir: Int
    var opset: Int
    var input: [String]
    var output: [String]
    var metadata: [String: String]
    var oneDiffers: Float
  }

  /// A chain with this activation in a convolution, a layer of its own and a dense layer.
  static func chain(_ activation: Activation) -> Architecture {
    var architecture = Architecture(
      input: SampleShape(height: 2, width: 21, channels: 1),
      layers: [
        Layer("a", .dense(units: 2, activation: activation, useBias: true)),
        Layer("b", .dropout(rate: 0.5)),
        Layer(
          "c",
          .conv2D(filters: 3, kernelHeight: 2, kernelWidth: 4, activation: activation)),
        Layer("d", .maxPooling2D(poolHeight: 2, poolWidth: 3, padding: .same)),
        Layer(
          "e",
          .conv2D(
            filters: 4, kernelHeight: 1, kernelWidth: 2, activation: .linear, padding: .valid,
            useBias: false)),
        Layer("f", .activation(activation)),
        Layer("g", .dense(units: 3, activation: .linear, useBias: false)), Layer("h", .flatten),
        Layer("peaks", .dense(units: 5, activation: activation)),
        Layer("probabilities", .dense(units: 4, activation: .linear, useBias: false)),
        Layer("k", .activation(.softmax)),
      ])
    architecture.name = activation.rawValue
    return architecture
  }

  static func model(_ architecture: Architecture) -> KerasModel {
    var random = Random()
    let count = ParameterLayout(architecture).count
    return KerasModel(architecture: architecture, weights: random.floats(count, scale: 0.5))
  }

  @Test("Every kind of layer and activation: the checker agrees, and probabilities to 1e-5")
  func everyLayer() throws {
    let folder = try TemporaryFolder()
    var random = Random()
    let x = random.floats(6 * 42, positive: true)
    try write(x, folder.path("x.bin"))
    var models: [String: KerasModel] = [:]
    for activation in Activation.allCases where activation != .softmax {
      models[activation.rawValue] = Self.model(Self.chain(activation))
    }
    var neatms = Self.model(.neatMS(matrixSize: 21))
    (neatms.classes, neatms.margin, neatms.minScanNum) = (["Häufig", "\"b\"", "c"], 1.5, 5)
    models["neatms"] = neatms
    for (name, model) in models { try ONNXFile.write(model, to: folder.path("\(name).onnx")) }
    let facts: [String: Fact] = try facts(
      Python.run(.onnx, script: "onnx-run.py", [folder.url.path]))
    #expect(Set(facts.keys) == Set(models.keys))
    for (name, model) in models {
      let fact = try #require(facts[name])
      let classes = model.architecture.classCount
      #expect(fact.ir == 8 && fact.opset == 13, "\(name)")
      #expect(fact.input == ["peaks", "N", "2", "21", "1"])
      #expect(fact.output == ["probabilities", "N", "\(classes)"])
      #expect(fact.oneDiffers < 1e-6, "\(name)")
      let theirs = try floats(folder.path("\(name).probabilities.bin"))
      #expect(difference(try predictions(model, x), theirs) < 1e-5, "\(name)")
    }
    #expect(
      facts["neatms"]?.metadata == [
        "matrix_size": "21", "classes": "[\"H\\u00e4ufig\", \"\\\"b\\\"\", \"c\"]",
        "margin": "1.5", "min_scan_num": "5",
      ])
  }

  @Test("Networks that Keras made run in onnxruntime as in Keras")
  func kerasNetworks() throws {
    let folder = try TemporaryFolder()
    let files = try ChainFiles.of(.keras2)
    try write(files.peaks, folder.path("x.bin"))
    for name in ChainFiles.chains {
      try ONNXFile.write(files.read("\(name).h5"), to: folder.path("\(name).onnx"))
    }
    try Python.run(.onnx, script: "onnx-run.py", [folder.url.path])
    for name in ChainFiles.chains {
      let theirs = try floats(folder.path("\(name).probabilities.bin"))
      #expect(difference(theirs, try files.values("\(name).predictions")) < 1e-5, "\(name)")
    }
  }

  @Test("The same model gives the same bytes; what is not finite is not written")
  func bytes() throws {
    let folder = try TemporaryFolder()
    var model = Self.model(.neatMS(matrixSize: 16))
    for name in ["a", "b"] { try ONNXFile.write(model, to: folder.path(name)) }
    let files = try ["a", "b"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
    #expect(files[0] == files[1])
    model.weights[0] = .nan
    #expect(failure { try ONNXFile.write(model, to: folder.path("c")) }?.code == .badData)
    #expect(!FileManager.default.fileExists(atPath: folder.path("c")))
  }
}
