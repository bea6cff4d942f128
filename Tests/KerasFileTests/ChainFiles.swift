import Foundation
import KerasFile
import Model
import PythonTesting
import Support

/// The networks that `scripts/python/keras-chains.py` made in one Keras.
final class ChainFiles: Sendable {
  let folder: TemporaryFolder
  let environment: Python.Environment

  init(_ environment: Python.Environment) throws {
    self.environment = environment
    folder = try TemporaryFolder()
    try Python.run(environment, script: "keras-chains.py", ["make", folder.url.path])
  }

  static let keras2 = Result { try ChainFiles(.keras2) }
  static let keras3 = Result { try ChainFiles(.keras3) }

  static func of(_ environment: Python.Environment) throws -> ChainFiles {
    try (environment == .keras2 ? keras2 : keras3).get()
  }

  /// Chains of all kinds of layers.
  static let chains = ["odd", "sequential", "deep", "neatms"]

  /// Networks that were trained with one optimizer each.
  var trained: [String] {
    let ours = ["adam", "sgd", "momentum", "frozen"]
    return environment == .keras2 ? ours + ["legacy", "legacymomentum"] : ours
  }

  var peaks: [Float] { get throws { try floats(folder.path("x.bin")) } }

  /// Numbers that Keras wrote.
  func values(_ name: String) throws -> [Float] { try floats(folder.path("\(name).bin")) }

  func read(_ name: String) throws -> KerasModel {
    try KerasFile.read(folder.path(name), matrixSize: 21)
  }
}

/// This program's own predictions.
func predictions(_ model: KerasModel, _ x: [Float]) throws -> [Float] {
  let count = x.count / model.architecture.input.count
  let net = try PeakNet(architecture: model.architecture, maxBatch: count)
  _ = net.weights.all.update(fromContentsOf: model.weights)
  var result = [Float](repeating: 0, count: count * model.architecture.classCount)
  net.predict(x, count: count, into: &result)
  return result
}

/// The model after more steps over all peaks at once, going on from its optimizer's state as
/// keras-chains.py does.
func trainedOn(_ model: KerasModel, _ x: [Float], steps: Int = 3) throws -> KerasModel {
  guard let configuration = model.optimizer else {
    throw Failure(.badData, "the file does not say how it was compiled")
  }
  let count = x.count / model.architecture.input.count
  let net = try PeakNet(architecture: model.architecture, maxBatch: count)
  _ = net.weights.all.update(fromContentsOf: model.weights)
  let optimizer = Optimizer(configuration, count: model.weights.count)
  if let state = model.optimizerState { try optimizer.restore(state) }
  let gradients = AlignedBuffer(count: model.weights.count)
  let classes = model.architecture.classCount
  let labels = (0..<count).map { Int32($0 % classes) }
  for _ in 0..<steps {
    _ = try net.trainStep(
      x, labels: labels, count: count, context: StepContext(globalCount: count, dropout: nil),
      gradients: gradients.pointer)
    _ = optimizer.apply(
      weights: net.weights.pointer, gradients: gradients.pointer, segments: net.l2Segments)
  }
  var result = model
  result.weights = Array(net.weights.all)
  result.optimizerState = optimizer.capture()
  return result
}

/// The largest difference; infinite where there is another number of values.
func difference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count, !a.isEmpty else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
