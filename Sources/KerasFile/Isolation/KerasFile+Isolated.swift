import HDF5
import Isolation
import Model
import Support

extension KerasFile {
  /// For `IsolatedReader.serveIfAsked`.
  public static let isolatedTask = IsolatedTask("model", warmUp: warmUp) {
    try read($0.path, matrixSize: $0.matrixSize)
  }

  /// Makes a small model in memory, and reads it from there.
  @Sendable private static func warmUp() {
    let architecture = Architecture.neatMS(matrixSize: 2, classCount: 2)
    let layout = ParameterLayout(architecture)
    let weights = [Float](repeating: 0, count: layout.count)
    let optimizer = OptimizerConfiguration.adam(learningRate: 1)
    let state = OptimizerState(step: 1, slots: [weights, weights])
    var model = KerasModel(architecture: architecture, weights: weights)
    // Nothing of it is used: what fails here fails again where it is told.
    try? model.readAgain(
      H5File.image(for: "") {
        try $0.set(attribute: "model_config", ModelConfig.json(architecture).text, ascii: true)
        try $0.set(attribute: "training_config", TrainingConfig.json(optimizer).text, ascii: true)
        try Weights.write(weights, architecture, layout, to: $0)
        try OptimizerWeights.write(state, optimizer, architecture, to: $0)
      })
    if let bytes = try? IsolatedMessage.encode(model) {
      _ = try? IsolatedMessage<KerasModel>.decode(bytes, reading: "")
    }
  }

  /// `read`, in a process of its own: for every file that a user names. The same model, and the same
  /// errors; and where a file makes the reading crash, hang or use up memory, one error more.
  /// - Throws: what `read` throws; `Failure(.badData)` for a file that harms its reader or takes more
  ///   than `IsolationLimits`; `.internalError` when no process can be started.
  public static func readIsolated(_ path: String, matrixSize: Int? = nil) throws -> KerasModel {
    try IsolatedReader().read(
      IsolatedRequest(isolatedTask.name, path: path, matrixSize: matrixSize))
  }
}

extension KerasModel {
  /// What `KerasFile.read` does with a file.
  fileprivate mutating func readAgain(_ image: [UInt8]) throws {
    let file = try H5File(image: image, named: "")
    try H5Vetting.check(file.root)
    let config = try file.root.string(attribute: "model_config") ?? ""
    architecture = try ModelConfig.architecture(JSON.parse(config, ""), "")
    weights = try Weights.read(file.root, ParameterLayout(architecture))
    let training = try file.root.string(attribute: "training_config") ?? ""
    try readTraining(JSON.parse(training, ""), at: "", file.root, OptimizerWeights.read)
    try KerasFile.readAttributes(of: file.root, into: &self, "")
  }
}
