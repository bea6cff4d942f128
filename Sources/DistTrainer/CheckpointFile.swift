import Foundation
import HDF5
import KerasFile
import Model
import Support

/// What a checkpoint says about its run, besides numbers: kept as JSON in `neatms_dist/checkpoint`.
public struct CheckpointDocument: Codable, Sendable, Equatable {
  /// Epochs completed.
  public var epoch: Int
  /// The epoch the run was to end at.
  public var epochs: Int
  public var options: TrainingOptions
  /// The model the run started from (`--model`); nil: from scratch.
  public var startModel: String?
  public var data: DataIdentity
  /// How the ranks shared the work; nil in files of versions that did not say.
  public var parallel: Parallel?
  public var callbacks: [String: String]
  public var history: [EpochRecord]
  /// Why a callback ended the run; nil where it may go on.
  public var stopReason: String?
  public var best: BestDocument?

  /// The counters of the best epoch's snapshot, whose arrays are datasets.
  public struct BestDocument: Codable, Sendable, Equatable {
    public var step: Int
    public var learningRate: Float
    public var slots: Int
  }
}

/// Tells one dataset from another.
public struct DataIdentity: Codable, Sendable, Equatable {
  public var place: String
  /// The file, as given; nil for the embedded demo set.
  public var path: String?
  /// Hexadecimal hash of the matrices, labels and class names.
  public var fingerprint: String
  public var train: Int
  public var test: Int
  public var classes: [String]
  public var matrixSize: Int
}

/// A checkpoint: a full Keras model that also holds everything to go on from.
public struct Checkpoint: Sendable {
  public var model: KerasModel
  public var learningRate: Float
  public var best: ModelSnapshot?
  public var document: CheckpointDocument
}

public enum CheckpointFile {
  static let group = "neatms_dist/checkpoint"
  static let version: Int64 = 1

  /// Writes a whole checkpoint or nothing: write-new, fsync, rename.
  /// - Throws: `Failure(.cannotCreate)` or `.inputOutput`.
  public static func write(_ checkpoint: Checkpoint, to path: String) throws {
    var document = checkpoint.document
    document.best = checkpoint.best.map {
      .init(
        step: $0.optimizer.step, learningRate: $0.learningRate, slots: $0.optimizer.slots.count)
    }
    let state = try StateJSON.encode(document)
    try KerasFile.write(checkpoint.model, to: path) { root in
      let group = try root.createGroup(Self.group)
      try group.set(attribute: "version", version)
      try group.set(attribute: "learning_rate", checkpoint.learningRate)
      try group.set(
        attribute: "checksum",
        checksum(
          checkpoint.model, rate: checkpoint.learningRate, best: checkpoint.best, state: state))
      try group.write("state", [state])
      if let best = checkpoint.best {
        try group.write("best_weights", best.weights)
        for (index, slot) in best.optimizer.slots.enumerated() {
          try group.write("best_slot_\(index)", slot)
        }
      }
    }
  }

  /// Reads a checkpoint and checks that every number is as it was written.
  /// - Throws: `Failure` naming the file where it is damaged or not a checkpoint.
  public static func read(_ path: String) throws -> Checkpoint {
    let model = try KerasFile.read(path)
    let file = try H5File(reading: path)
    guard try file.root.contains(Self.group) else {
      throw Failure(
        .badData, "is a Keras model but not a checkpoint", at: path,
        hint: "--model starts a new training from it")
    }
    let group = try file.root.group(Self.group)
    guard let found: Int64 = try group.number(attribute: "version"), found == version,
      let rate: Float = try group.number(attribute: "learning_rate"),
      let sum = try group.string(attribute: "checksum")
    else { throw Failure(.badData, "is not a checkpoint that this version reads", at: path) }
    guard let state = try group.dataset("state").strings().first else {
      throw Failure(.badData, "the checkpoint has no state", at: path)
    }
    let document: CheckpointDocument = try StateJSON.decode(state)
    var best: ModelSnapshot?
    if let saved = document.best {
      let slots = try (0..<saved.slots).map {
        try group.dataset("best_slot_\($0)").values(as: Float.self)
      }
      best = ModelSnapshot(
        weights: try group.dataset("best_weights").values(),
        optimizer: OptimizerState(step: saved.step, slots: slots),
        learningRate: saved.learningRate)
    }
    guard sum == checksum(model, rate: rate, best: best, state: state) else {
      throw Failure(
        .badData, "the checkpoint is damaged", at: path, expected: "checksum \(sum)",
        found: checksum(model, rate: rate, best: best, state: state))
    }
    return Checkpoint(model: model, learningRate: rate, best: best, document: document)
  }

  private static func checksum(
    _ model: KerasModel, rate: Float, best: ModelSnapshot?, state: String
  ) -> String {
    var hash = Fingerprint()
    hash.add(state)
    hash.add([rate])
    hash.add(model.weights)
    hash.add("\(model.optimizerState?.step ?? 0) \(best?.optimizer.step ?? 0)")
    for slot in model.optimizerState?.slots ?? [] { hash.add(slot) }
    hash.add(best?.weights ?? [])
    for slot in best?.optimizer.slots ?? [] { hash.add(slot) }
    return hash.hexadecimal
  }
}
