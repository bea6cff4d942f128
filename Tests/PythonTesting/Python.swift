import Foundation

/// Python environments and scripts for tests against real Keras, NeatMS and h5py.
///
/// An environment is made when it is missing (`scripts/venv.sh`), which takes minutes the first
/// time. With `NEATMS_SKIP_PYTHON=1` the tests that need one are skipped:
/// `@Suite(.enabled(if: Python.isWanted, "…"))`.
public enum Python {
  public static let isWanted = ProcessInfo.processInfo.environment["NEATMS_SKIP_PYTHON"] != "1"
  public static var skipReason: String { "NEATMS_SKIP_PYTHON=1: not compared with real Python" }

  /// The environments of `scripts/venv.sh`.
  public enum Environment: String, Sendable {
    case keras2, keras3, keras231, onnx
  }

  /// Whether an environment is wanted and has been made: for those that tests do not wait for.
  public static func has(_ environment: Environment) -> Bool {
    let python = root.appendingPathComponent(".venv-\(environment.rawValue)/bin/python")
    return isWanted && FileManager.default.isExecutableFile(atPath: python.path)
  }

  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  /// The package's root folder.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Runs `scripts/python/NAME` and gives back what it printed.
  /// - Throws: `Failed` with what it wrote on standard error.
  @discardableResult
  public static func run(
    _ environment: Environment, script name: String, _ arguments: [String]
  ) throws -> String {
    let script = root.appendingPathComponent("scripts/python/\(name)").path
    return try run(try interpreter(environment), [script] + arguments)
  }

  /// Runs a few lines of Python; `sys.argv[1:]` are the arguments.
  @discardableResult
  public static func run(
    _ environment: Environment, code: String, _ arguments: [String] = []
  ) throws -> String {
    try run(try interpreter(environment), ["-c", code] + arguments)
  }

  /// The environment's python, made when it is missing.
  private static func interpreter(_ environment: Environment) throws -> String {
    let script = root.appendingPathComponent("scripts/venv.sh").path
    let path = try run(script, [environment.rawValue])
    return path.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// One Python at a time: a TensorFlow takes all cores and half a gigabyte by itself.
  private static let turn = NSLock()

  private static func run(_ program: String, _ arguments: [String]) throws -> String {
    turn.lock()
    defer { turn.unlock() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = root
    var variables = ProcessInfo.processInfo.environment
    variables["TF_CPP_MIN_LOG_LEVEL"] = "3"
    variables["KERAS_BACKEND"] = "jax"
    variables["CUDA_VISIBLE_DEVICES"] = ""
    process.environment = variables
    // Errors go to a file: a full pipe that nobody reads would stop the process.
    let log = FileManager.default.temporaryDirectory
      .appendingPathComponent("neatms-python-\(UUID().uuidString).log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: log) }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    if process.terminationStatus != 0 {
      let errors = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      throw Failed(
        description: "\(program) \(arguments.first ?? "") ended with "
          + "\(process.terminationStatus):\n\(errors.suffix(4000))")
    }
    return String(decoding: printed, as: UTF8.self)
  }
}

/// A folder for a test's files, removed with the value.
public final class TemporaryFolder: Sendable {
  public let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("neatms-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  public func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  deinit { try? FileManager.default.removeItem(at: url) }
}
