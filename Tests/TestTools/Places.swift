import Foundation
import Support

/// The folder that holds Package.swift.
public let packageRoot = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The folder of real labelled peaks and raw files, which is not part of the package:
/// `$NEATMS_SHARED/data`, or `../shared/data` beside the package. Nil when it is absent; tests that
/// need it are then skipped, visibly: `@Test(.enabled(if: sharedData != nil, "…"))`.
public let sharedData: URL? = {
  let given = ProcessInfo.processInfo.environment["NEATMS_SHARED"]
  let folder = given.map { URL(filePath: $0) } ?? packageRoot.appending(path: "../shared")
  let data = folder.appending(path: "data").standardizedFileURL
  return FileManager.default.fileExists(atPath: data.path) ? data : nil
}()

/// The path of an executable of this package, built together with the running tests.
/// - Throws: `Failure` when it is not beside them.
public func builtProduct(_ name: String) throws -> String {
  // The running program is the test bundle (or, from a tool, the tool itself).
  let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()
  let path = folder.appending(path: name).path
  guard FileManager.default.isExecutableFile(atPath: path) else {
    throw Failure(
      .missingInput, "is not built", at: path,
      hint: "swift test builds it; swift build --product \(name) builds it alone")
  }
  return path
}

/// The path of a program, looked for in PATH.
/// - Throws: `Failure` with `hint` (how to install it) when it is not there.
public func findProgram(_ name: String, hint: String) throws -> String {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(
    separator: ":")
  for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
    return "\(folder)/\(name)"
  }
  throw Failure(.missingInput, "\(name) was not found in PATH", hint: hint)
}

/// A new empty folder, removed when the value goes out of scope.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    let base = FileManager.default.temporaryDirectory.path
    let url = URL(filePath: base).appending(path: "neatms-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// Runs `body` with a new empty folder, which is removed afterwards.
public func withTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = try TemporaryFolder()
  return try withExtendedLifetime(folder) { try body(URL(filePath: folder.path)) }
}
