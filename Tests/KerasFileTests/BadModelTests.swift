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
    ("\"MaxPooling2D\"", "\"AveragePooling2D\"", "layer max_pooling2d_1: expected Conv2D, MaxPool"),
    ("\"Flatten\"", "\"BatchNormalization\"", "layer flatten_1: expected"),
    ("\"Dropout\"", "\"Lambda\"", "found Lambda"),
    ("\"Dropout\"", "\"Model\"", "layer dropout_1: expected"),
    (
      "\"class_name\": \"Dropout\"",
      "\"registered_name\": \"mine>Drop\", \"class_name\": \"Dropout\"",
      "layer dropout_1: expected a layer of Keras's own, found mine>Drop"
    ),
    (
      "\"class_name\": \"Dropout\"", "\"module\": \"os\", \"class_name\": \"Dropout\"",
      "layer dropout_1: expected a layer of Keras's own, found os.Dropout"
    ),
    ("\"padding\": \"same\"", "\"padding\": \"causal\"", "layer conv2d_1: padding"),
    ("\"padding\": \"same\"", "\"padding\": \"valid\"", "layer conv2d_1 (Conv2D) cannot be used"),
    ("\"strides\": [1, 1]", "\"strides\": [2, 1]", "layer conv2d_1: strides"),
    (
      "\"kernel_size\": [5, 5]", "\"kernel_size\": [4, 5]",
      "conv2d_1/kernel:0: has the wrong shape: expected [4, 5, 1, 32] by the file's model_config"
    ),
    ("\"kernel_size\": [5, 5]", "\"kernel_size\": [0, 5]", "layer conv2d_1: kernel_size"),
    ("\"dilation_rate\": [1, 1]", "\"dilation_rate\": [1, 2]", "layer conv2d_1: dilation_rate"),
    ("\"filters\": 32", "\"groups\": 2, \"filters\": 32", "layer conv2d_1: groups"),
    ("channels_last", "channels_first", "data_format"),
    (
      "\"pool_size\": [1, 2]", "\"pool_size\": [2, 2]",
      "layer max_pooling2d_1: strides: expected [2, 2], found [1, 2]"
    ),
    (
      "\"relu\"", "\"hard_sigmoid\"",
      "layer conv2d_1: activation: expected one of linear, relu, softmax, sigmoid"
    ),
    ("\"softmax\"", "\"relu\"", "the last layer"),
    ("\"relu\"", "\"softmax\"", "layer conv2d_1 (Conv2D) cannot be used: only the last layer"),
    (
      "\"use_bias\": true", "\"use_bias\": false",
      "has the wrong number of weights: expected kernel, found conv2d_1/kernel:0, conv2d_1/bias:0"
    ),
    ("\"use_bias\": true", "\"use_bias\": 1", "layer conv2d_1: use_bias"),
    ("\"L1L2\"", "\"L1\"", "layer dense_1: kernel_regularizer"),
    ("\"l1\": 0.0", "\"l1\": 0.1", "layer dense_1: kernel_regularizer"),
    (
      "\"dtype\": \"float32\", \"units\"", "\"dtype\": \"float16\", \"units\"",
      "layer dense_1: dtype"
    ),
    ("\"noise_shape\": null", "\"noise_shape\": [1, 1]", "layer dropout_1: noise_shape"),
    ("\"rate\": 0.5", "\"rate\": 1", "layer dropout_1: rate"),
    ("[null, 2, 16, 1]", "[null, 3, 16, 1]", "found (None, 3, 16, 1)"),
    ("[null, 2, 16, 1]", "[null, 2, null, 1]", "found (None, 2, None, 1)"),
    ("[[[\"flatten_1\"", "[[[\"conv2d_2\"", "layer dense_1: its inputs"),
    ("\"Model\"", "\"MyModel\"", "the kind of model"),
    ("\"layers\"", "\"l\"", "list of layers"),
    ("\"units\": 128", "\"units\": 64", "[1024, 64] by the file's model_config, found [1024, 128]"),
    ("{\"class_name\": \"Model\"", "{", "is damaged: expected JSON"),
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
    #expect(try outcome(replacing: "\"Model\"", with: "\"Functional\"") == nil)
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
    #expect(read("weights.h5")?.what == "is missing")
    #expect(read("weights.h5")?.place == folder.path("weights.h5") + ", conv2d_1")
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

  @Test("What could not be read again is not written")
  func unreadableFacts() throws {
    let folder = try TemporaryFolder()
    let changes: [(@Sendable (inout KerasModel) -> Void, what: String)] = [
      ({ $0.margin = .nan }, "the margin makes no sense"),
      ({ $0.margin = -1 }, "the margin makes no sense"),
      ({ $0.minScanNum = .min }, "the minimum number of scans makes no sense"),
      ({ $0.classes = ["a", "a", "b"] }, "a class is listed twice"),
      (
        { $0.classes = ["a", "b\u{1B}[2J", "c"] }, "has a name with characters that cannot be shown"
      ),
      ({ $0.optimizer = .sgd(learningRate: .infinity) }, "the optimizer's learning_rate is not a"),
    ]
    for (change, what) in changes {
      var model = randomModel(points: 16, nil)
      change(&model)
      for write in [
        { try KerasFile.write($0, to: $1) }, { try KerasFile.writeZip($0, to: $1) },
        { try KerasFile.writeWeights($0, to: $1) },
      ] as [(KerasModel, String) throws -> Void] {
        let found = failure { try write(model, folder.path("m")) }
        #expect(found?.code == .badData, "\(what)")
        #expect(found?.what.hasPrefix(what) == true, "\(found?.what ?? "written")")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("m")))
  }
}
