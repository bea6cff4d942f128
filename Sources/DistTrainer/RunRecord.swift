import Foundation
import Support

/// `run.json`: everything needed to run it again, and how it went.
public struct RunRecord: Codable, Sendable {
  /// One start of the tool on this run: the first, and each resume.
  public struct Session: Codable, Sendable {
    public var started: String
    public var finished: String?
    public var commandLine: [String]
    public var host: String
    public var ranks: Int
    /// Epochs completed when it started and ended.
    public var fromEpoch: Int
    public var toEpoch: Int?
    /// What `--parallel` came to, and why.
    public var parallel: String?
    public var parallelReason: String?
    /// From the start of the tool to the end of its first step: reading, checking, setting up.
    public var secondsToFirstStep: Double?
    /// completed, stopped: why, interrupted, failed: why.
    public var outcome: String?
  }

  public var format = "neatms-dist-run"
  public var version = 1
  public var neatmsDist = packageVersion
  public var mpi: String
  public var options: TrainingOptions
  public var epochs: Int
  public var startModel: String?
  public var data: DataIdentity
  public var parameters: Int
  public var sessions: [Session] = []

  static func now() -> String { ISO8601DateFormatter().string(from: Date()) }

  /// The record in the folder, where there is a readable one.
  static func read(_ path: String) -> RunRecord? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    return try? JSONDecoder.exact.decode(RunRecord.self, from: data)
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder.exact
    encoder.outputFormatting.insert(.prettyPrinted)
    let data = try encoder.encode(self)
    try AtomicFile.write(to: path) { temporary in
      try (data + Data("\n".utf8)).write(to: URL(fileURLWithPath: temporary))
    }
  }
}
