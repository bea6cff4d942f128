import Foundation
import HDF5
import KerasFile
import Model
import PythonTesting
import Support
import Testing

@Suite("Files written and read here")
struct RoundTripTests {
  @Test(
    "Everything comes back to the last bit",
    arguments: [
      nil, .adam(learningRate: 1e-5, beta1: 0.85, beta2: 0.99, epsilon: 1e-6),
      .sgd(learningRate: 0.1), .sgd(learningRate: 0.1, momentum: 0.7),
    ] as [OptimizerConfiguration?])
  func roundTrip(_ optimizer: OptimizerConfiguration?) throws {
    let folder = try TemporaryFolder()
    var model = randomModel(points: 17, classes: 2, optimizer, step: 123_456_789_012)
    model.architecture.layers[4].kind = .dense(units: 128, activation: .relu, l2: 0.02)
    model.architecture = model.architecture.withDropout(rate: 0.3)
    model.classes = ["Häufig", "Noise"]
    model.margin = 1.5
    model.minScanNum = 5
    try KerasFile.write(model, to: folder.path("m.h5"))
    var read = try KerasFile.read(folder.path("m.h5"))
    #expect(read.kerasVersion == "2.15.0" && read.programVersion == packageVersion)
    (read.kerasVersion, read.backend, read.programVersion) = (nil, nil, nil)
    #expect(read == model)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["m.h5"])
  }

  @Test("The same model gives the same bytes")
  func reproducible() throws {
    let folder = try TemporaryFolder()
    let model = randomModel(points: 16, .adam(learningRate: 1e-5))
    try KerasFile.write(model, to: folder.path("a.h5"))
    try KerasFile.write(model, to: folder.path("b.h5"))
    let files = try ["a.h5", "b.h5"].map {
      try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
    }
    #expect(files[0] == files[1])
  }

  @Test("A caller's own group travels along")
  func extra() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.h5")
    try KerasFile.write(randomModel(points: 16, .adam(learningRate: 1e-5)), to: path) { root in
      let group = try root.createGroup("neatms_dist")
      try group.set(attribute: "epoch", Int64(42))
      try group.write("loss", [0.5, 0.25])
    }
    let file = try H5File(reading: path)
    let group = try file.root.group("neatms_dist")
    #expect(try group.number(attribute: "epoch") == Int64(42))
    #expect(try group.dataset("loss").values() == [0.5, 0.25])
    #expect(try KerasFile.read(path).optimizerState?.step == 7)
  }

  @Test("An error while writing leaves the old file and nothing else")
  func atomic() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    let path = folder.path("m.h5")
    let model = randomModel(points: 16, nil)
    try KerasFile.write(model, to: path)
    #expect(throws: Stop.self) {
      try KerasFile.write(randomModel(points: 16, classes: 4, nil), to: path) { _ in throw Stop() }
    }
    #expect(try KerasFile.read(path).weights == model.weights)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["m.h5"])
  }

  @Test("What cannot be written is said, with the exit code of its kind")
  func cannotWrite() throws {
    let folder = try TemporaryFolder()
    var model = randomModel(points: 16, nil)
    let missing = failure { try KerasFile.write(model, to: folder.path("no/such/m.h5")) }
    #expect(missing?.code == .cannotCreate)
    #expect(missing?.description.contains("No such file or directory") == true)
    #expect(failure { try KerasFile.write(model, to: folder.url.path) }?.code == .cannotCreate)
    let place = try #require(ParameterLayout(model.architecture).tensor("dense_1", "bias"))
    model.weights[place.offset + 3] = .nan
    let notFinite = failure { try KerasFile.write(model, to: folder.path("m.h5")) }
    #expect(notFinite?.code == .badData)
    #expect(notFinite?.place?.hasSuffix("m.h5, dense_1/bias:0") == true)
  }
}
