import Foundation
import HDF5
import KerasFile
import Model
import PythonTesting
import Support
import Testing

@Suite("Bad model files: what, where and the exit code")
struct BadModelTests {
  /// A model file whose `model_config` is changed by replacing text.
  func outcome(replacing text: String, with other: String) throws -> Failure? {
    let folder = try TemporaryFolder()
    let path = folder.path("m.h5")
    let model = randomModel(points: 16, nil)
    try KerasFile.write(model, to: path)
    let config = try #require(
      try H5File(reading: path).root.string(attribute: "model_config"))
    #expect(config.contains(text))
    try H5File.create(path) { root in
      try root.set(
        attribute: "model_config", config.replacingOccurrences(of: text, with: other))
      let weights = try root.createGroup("model_weights")
      for tensor in ParameterLayout(model.architecture).tensors {
        let layer = try weights.createGroup("\(tensor.layer)")
        if tensor.role == "kernel" {
          try layer.set(
            attribute: "weight_names", ["\(tensor.layer)/kernel:0", "\(tensor.layer)/bias:0"])
        }
        let zeros = [Float](repeating: 0, count: tensor.count)
        try layer.createGroup(tensor.layer).write(
          "\(tensor.role):0", zeros, shape: tensor.shape)
      }
    }
    return failure { _ = try KerasFile.read(path) }
  }

  static let networks: [(text: String, other: String, found: String)] = [
    ("\"MaxPooling2D\"", "\"AveragePooling2D\"", "layer max_pooling2d_1: expected"),
    ("\"padding\": \"same\"", "\"padding\": \"valid\"", "layer conv2d_1: padding"),
    ("\"strides\": [1, 1]", "\"strides\": [2, 1]", "layer conv2d_1: strides"),
    ("\"kernel_size\": [5, 5]", "\"kernel_size\": [4, 5]", "layer conv2d_1: kernel_size"),
    ("\"dilation_rate\": [1, 1]", "\"dilation_rate\": [1, 2]", "layer conv2d_1: dilation_rate"),
    ("channels_last", "channels_first", "data_format"),
    ("\"pool_size\": [1, 2]", "\"pool_size\": [2, 2]", "layer max_pooling2d_1: pool_size"),
    ("\"relu\"", "\"tanh\"", "activation: expected linear, relu or softmax, found \"tanh\""),
    ("\"softmax\"", "\"relu\"", "the last layer"),
    ("\"use_bias\": true", "\"use_bias\": false", "layer conv2d_1: use_bias"),
    ("\"L2\"", "\"L1\"", "layer dense_1: kernel_regularizer"),
    ("[null, 2, 16, 1]", "[null, 3, 16, 1]", "found (None, 3, 16, 1)"),
    ("[[[\"flatten_1\"", "[[[\"conv2d_2\"", "layer dense_1: its inputs"),
    ("\"Functional\"", "\"MyModel\"", "the kind of model"),
    ("\"layers\"", "\"l\"", "list of layers"),
    ("\"units\": 128", "\"units\": 64", "[1024, 64] by the file's model_config, found [1024, 128]"),
    ("{\"class_name\": \"Functional\"", "{", "is damaged: expected JSON"),
  ]

  @Test("Other networks are refused by layer and parameter", arguments: networks.indices)
  func network(_ index: Int) throws {
    let (text, other, expected) = Self.networks[index]
    let found = try outcome(replacing: text, with: other)
    #expect(found?.code == .badData, "\(text)")
    #expect(found?.description.contains(expected) == true, "\(found?.description ?? "read")")
  }

  @Test("The unchanged file is read")
  func unchanged() throws {
    #expect(try outcome(replacing: "\"Functional\"", with: "\"Model\"") == nil)
  }

  @Test("Missing, not HDF5, cut short, batches, weights only")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    func read(_ name: String) -> Failure? { failure { _ = try KerasFile.read(folder.path(name)) } }
    #expect(read("none.h5")?.code == .missingInput)
    try KerasFile.write(randomModel(points: 16, .adam(learningRate: 1)), to: folder.path("m.h5"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path("m.h5")))
    try whole.prefix(whole.count / 3).write(to: folder.url.appendingPathComponent("cut.h5"))
    #expect(read("cut.h5")?.code == .badData)
    #expect(read("cut.h5")?.what == "is damaged or cut short")
    try Data("PK".utf8).write(to: folder.url.appendingPathComponent("zip.h5"))
    #expect(read("zip.h5")?.what == "is not an HDF5 file")
    try H5File.create(folder.path("batches.h5")) {
      try $0.set(attribute: "classes", ["A", "B"])
      try $0.set(attribute: "matrix_size", Int64(120))
    }
    #expect(read("batches.h5")?.found == "a batches file")
    try H5File.create(folder.path("weights.h5")) {
      try $0.set(attribute: "layer_names", ["conv2d_1"])
    }
    #expect(read("weights.h5")?.what == "holds weights only, without the network")
  }

  @Test("Values that are not finite, and class names that do not fit")
  func values() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.h5")
    var model = randomModel(points: 16, nil)
    // The largest weight is found in the file and replaced by infinity.
    model.weights[2] = 12345.678
    try KerasFile.write(model, to: path)
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    func bytes(_ value: Float) -> Data { withUnsafeBytes(of: value) { Data($0) } }
    let place = try #require(data.range(of: bytes(12345.678)))
    data.replaceSubrange(place, with: bytes(.infinity))
    try data.write(to: URL(fileURLWithPath: path))
    let infinite = failure { _ = try KerasFile.read(path) }
    #expect(infinite?.code == .badData)
    #expect(
      infinite?.place == "\(path), model_weights/conv2d_1/conv2d_1/kernel:0, value 2")
    try KerasFile.write(randomModel(points: 16, nil), to: path) {
      try $0.set(attribute: "neatms_classes", ["A", "B"])
    }
    #expect(
      failure { _ = try KerasFile.read(path) }?.what == "the class names do not fit the network")
  }

  /// Where real data lies beside the package, if it does.
  static let thirdParty: String? = {
    let shared =
      ProcessInfo.processInfo.environment["NEATMS_SHARED"]
      ?? Python.root.deletingLastPathComponent().appendingPathComponent("shared").path
    let folder = shared + "/data/keras-h5"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  @Test(
    "Other people's networks, of Keras 2.1 to 2.4, are refused for what they are",
    .enabled(if: thirdParty != nil, "no ../shared/data/keras-h5 (or NEATMS_SHARED) here"))
  func thirdPartyModels() throws {
    for (name, expected) in [
      ("deepgame_mnist.h5", "the input's shape"),
      ("huyhoang17_mnist.h5", "holds weights only"),
      ("naonaorange_bin_class.h5", "the input's shape"),
      ("naonaorange_cnn_mnist.h5", "the input's shape"),
      ("retip_model.h5", "the input's shape"),
    ] {
      let found = failure { _ = try KerasFile.read("\(Self.thirdParty ?? "")/\(name)") }
      #expect(found?.code == .badData, "\(name)")
      #expect(found?.what.contains(expected) == true, "\(name): \(found?.description ?? "read")")
    }
  }
}
