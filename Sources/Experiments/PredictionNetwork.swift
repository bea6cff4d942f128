import Collectives
import Foundation
import KerasFile
import Model
import PeakData
import Support

/// What every rank needs to know to predict: from rank 0, which alone reads the model, so that all
/// ranks have the same.
struct PredictionModel: Codable {
  var architecture: Architecture
  /// All weights as bytes, in the order of `ParameterLayout(architecture)`.
  var weights: Data
  var margin: Double
  var minScanNum: Int

  init(_ model: KerasModel, _ rule: PeakMatrixRule) {
    architecture = model.architecture
    weights = model.weights.withUnsafeBytes { Data($0) }
    (margin, minScanNum) = (rule.margin, rule.minScanNum)
  }

  var rule: PeakMatrixRule {
    PeakMatrixRule(
      matrixSize: architecture.matrixSize, margin: margin, minScanNum: minScanNum)
  }
}

extension Communicator {
  /// Collective: every rank gets rank 0's model.
  func broadcast(_ model: PredictionModel?) throws -> PredictionModel {
    if size == 1, let model { return model }
    var bytes = Data()
    if let model {
      let encoder = PropertyListEncoder()
      encoder.outputFormat = .binary
      bytes = try encoder.encode(model)
    }
    var count = Int64(bytes.count)
    try withUnsafeMutableBytes(of: &count) { try broadcast($0, root: 0) }
    if rank != 0 { bytes = Data(count: Int(count)) }
    try bytes.withUnsafeMutableBytes { try broadcast($0, root: 0) }
    return try model ?? PropertyListDecoder().decode(PredictionModel.self, from: bytes)
  }
}

/// The network of one rank, which gives a peak the same probabilities whatever other peaks it is
/// asked about.
///
/// Matrix products of another shape may add in another order, so that a peak's last bits would
/// depend on how many peaks share its batch: batches always have the same size, and the last one is
/// filled with zeros.
struct PredictionNetwork {
  let net: PeakNet
  private let batch: AlignedBuffer
  private let outputs: AlignedBuffer

  /// Peaks of a batch: some milliseconds of work.
  static let batchSize = 32

  /// - Throws: `Failure(.badData)` for a chain of layers that this network does not have.
  init(_ model: PredictionModel) throws {
    net = try PeakNet(architecture: model.architecture, maxBatch: Self.batchSize)
    let weights = net.weights
    guard model.weights.count == weights.count * MemoryLayout<Float>.stride else {
      throw Failure(
        .internalError, "the weights do not fit the network",
        expected: "\(weights.count) numbers", found: "\(model.weights.count) bytes")
    }
    model.weights.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(weights.all).copyMemory(from: $0)
    }
    batch = AlignedBuffer(count: Self.batchSize * net.architecture.input.count)
    outputs = AlignedBuffer(count: Self.batchSize * net.architecture.classCount)
  }

  /// Probabilities of every peak, peaks × classes.
  ///
  /// - Parameters:
  ///   - matrices: 2 × matrix size floats a peak.
  ///   - poll: called every few milliseconds.
  /// - Throws: `Failure(.badData)` where the network gives no number; what `poll` throws.
  func probabilities(of matrices: [Float], poll: () throws -> Void = {}) throws -> [Float] {
    let (size, classes) = (net.architecture.input.count, net.architecture.classCount)
    let count = matrices.count / size
    var probabilities: [Float] = []
    probabilities.reserveCapacity(count * classes)
    for first in stride(from: 0, to: count, by: Self.batchSize) {
      let samples = min(Self.batchSize, count - first)
      batch.fill(0)
      matrices.withUnsafeBufferPointer {
        let source = UnsafeBufferPointer(rebasing: $0[(first * size)..<((first + samples) * size)])
        _ = batch.all.update(fromContentsOf: source)
      }
      net.predict(batch.pointer, count: Self.batchSize, into: outputs.pointer)
      probabilities += outputs[0..<(samples * classes)]
      try poll()
    }
    if let bad = probabilities.first(where: { !$0.isFinite }) {
      throw Failure(
        .badData, "the model's probability is not a number", found: "\(bad)",
        hint: "Its weights are too large: its training went wrong.")
    }
    return probabilities
  }
}
