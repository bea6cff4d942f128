import HDF5
import Isolation
import Model
import Support

extension KerasFile {
  /// For `IsolatedReader.serveIfAsked`.
  public static let isolatedTask = IsolatedTask("model", warmUp: warmUp) {
    try read($0.path, matrixSize: $0.matrixSize)
  }

  /// Makes a small model in memory and reads it, as far as that goes without a file.
  @Sendable private static func warmUp() {
    let architecture = Architecture.neatMS(matrixSize: 2, classCount: 2)
    let weights = [Float](repeating: 0, count: ParameterLayout(architecture).count)
    var model = KerasModel(architecture: architecture, weights: [])
    let config = ModelConfig.json(architecture)
    _ = try? ModelConfig.architecture(JSON.parse(config.text, ""), "")
    _ = try? H5File.image(for: "") {
      try Weights.write(weights, architecture, ParameterLayout(architecture), to: $0)
      _ = try Weights.read($0, ParameterLayout(architecture))
    }
    model.weights = weights
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
