import Isolation
import KerasFile
import Model
import Support

extension CheckpointFile {
  /// For `IsolatedReader.serveIfAsked`.
  public static let isolatedTask = IsolatedTask("checkpoint") { try read($0.path) }

  /// `read`, in a process of its own: a damaged checkpoint may crash the library that reads it, and
  /// an older one may still be whole.
  /// - Throws: what `read` and `KerasFile.readIsolated` throw.
  public static func readIsolated(_ path: String) throws -> Checkpoint {
    try IsolatedReader().read(IsolatedRequest(isolatedTask.name, path: path))
  }
}

extension Checkpoint: IsolatedResult {
  private enum CodingKeys: CodingKey { case model, learningRate, best, document }

  /// The document travels as in the file, where its numbers may be infinite.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(learningRate, forKey: .learningRate)
    try container.encode(best, forKey: .best)
    try container.encode(StateJSON.encode(document), forKey: .document)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      model: try container.decode(KerasModel.self, forKey: .model),
      learningRate: try container.decode(Float.self, forKey: .learningRate),
      best: try container.decode(ModelSnapshot?.self, forKey: .best),
      document: try StateJSON.decode(container.decode(String.self, forKey: .document)))
  }

  public mutating func detachArrays() -> [[Float]] {
    var arrays = model.detachArrays()
    if let snapshot = best {
      arrays += [snapshot.weights] + snapshot.optimizer.slots
      best?.weights = []
      best?.optimizer.slots = []
    }
    return arrays
  }

  public mutating func attach(_ arrays: [[Float]]) throws {
    let slots = model.optimizerState == nil ? 0 : model.optimizer?.slotNames.count ?? 0
    let rest = arrays.dropFirst(1 + slots)
    guard arrays.count >= 1 + slots, (best == nil) == rest.isEmpty else {
      throw Failure(
        .badData, "the checkpoint's numbers are missing", found: "\(arrays.count) arrays")
    }
    try model.attach(Array(arrays.prefix(1 + slots)))
    best?.weights = rest.first ?? []
    best?.optimizer.slots = Array(rest.dropFirst())
  }

  public func check(at path: String) throws {
    try model.check(at: path)
    let arrays = best.map { [$0.weights] + $0.optimizer.slots } ?? []
    guard learningRate.isFinite, best?.learningRate.isFinite != false,
      arrays.allSatisfy({ $0.count == model.weights.count && $0.allSatisfy(\.isFinite) })
    else { throw Failure(.badData, "the checkpoint's numbers do not fit together", at: path) }
    let epochs = [document.epoch] + document.history.map(\.epoch)
    let counts = [document.epochs, best?.optimizer.step ?? 0]
    guard epochs.allSatisfy((0..<1 << 32).contains), counts.allSatisfy((0...1 << 53).contains)
    else { throw Failure(.badData, "the checkpoint counts epochs or steps wrongly", at: path) }
    do {
      try TrainingRun.validate(document.options)
    } catch let failure as Failure {
      throw Failure(
        .badData, "the checkpoint's options cannot be used: \(failure.what)", at: path,
        expected: failure.expected, found: failure.found)
    }
  }
}
