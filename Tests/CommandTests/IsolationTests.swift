import Foundation
import PythonTesting
import Support
import TestTools
import Testing

/// The process that reads files from others: what it can do when what it reads has taken it over, and
/// how damaged files end (`model-reader-suite`).
@Suite("Files are read in a process of their own", .serialized) struct IsolationTests {
  private let folder: TestTools.TemporaryFolder

  init() throws {
    folder = try TestTools.TemporaryFolder()
    try FileManager.default.copyItem(atPath: HostileModels.keras, toPath: folder.file("m.h5"))
  }

  private func misbehave(_ what: String) throws -> RunResult {
    try run(builtProduct("model-reader-suite"), ["misbehave", what, folder.file("m.h5")])
  }

  @Test(arguments: [
    ("crash", "reading it crashed: found Segmentation fault"),
    ("abort", "reading it crashed, or needed more than 256 MB of memory"),
    ("trap", "reading it crashed"),
    ("loop", "reading it took longer than 1 s"),
    ("flood", "more came of reading it than it can hold"),
    ("silence", "found no message"),
    ("garbage", "found no message"),
    ("longHead", "found a message of another length"),
    ("longArrays", "found neither a result nor a reason"),
    ("extraBytes", "found more than was announced"),
    ("noise", "holds a value that is not finite"),
    ("endless", "holds a number that is not finite"),
    ("rights", "tried all: found nothing"),
  ])
  func misbehaviour(_ what: String, _ reason: String) throws {
    let result = try misbehave(what)
    #expect(result.status == Failure.Code.badData.rawValue, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains(reason), "\(result.stdout)")
    #expect(result.stdout.contains("m.h5"), "\(result.stdout)")
  }

  /// Before it could ignore them: what reaches the whole group of processes is for its starter.
  @Test(arguments: [SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGTSTP])
  func anInterruptionIsForTheStarter(signal: Int32) throws {
    let result = try run(
      builtProduct("model-reader-suite"), ["interrupt", "\(signal)", folder.file("m.h5")])
    #expect(result.status == 0 && result.stdout.contains("read a model"), "\(result.stdout)")
  }

  /// A slow machine takes a second to fill the memory: then it is the time that is over.
  @Test func hungerForMemory() throws {
    let result = try misbehave("hog")
    #expect(result.status == Failure.Code.badData.rawValue, "\(result.stdout)")
    #expect(
      ["256 MB of memory", "longer than 1 s"].contains(where: result.stdout.contains),
      "\(result.stdout)")
  }

  /// Containers may forbid system call filters: the limits alone turn harm into a message.
  @Test(
    .enabled(if: Python.isWanted, "\(Python.skipReason)"),
    arguments: [
      ("crash", "reading it crashed"), ("abort", "reading it crashed"),
      ("loop", "took longer than"),
      ("rights", "\"socket\""),
    ])
  func withoutFilter(_ what: String, _ reason: String) throws {
    let python = try findProgram("python3", hint: "apt-get install python3")
    let script = packageRoot.appending(path: "scripts/python/without-seccomp.py").path
    let result = try run(
      python,
      [script, builtProduct("model-reader-suite"), "misbehave", what, folder.file("m.h5")])
    #expect(result.status == Failure.Code.badData.rawValue, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains(reason), "\(result.stdout)")
  }

  /// The reader's form of the program is not for users: without the socket it is the program.
  @Test func isNoReaderForUsers() throws {
    for name in ["neatms-dist", "neatms-evaluate"] {
      let tool = try builtProduct(name)
      let plain = try run(tool)
      let disguised = try run(
        "/bin/bash", ["-c", "NEATMS_READER=1 exec -a 'neatms reader' '\(tool)' </dev/null"])
      #expect(disguised.status == plain.status && disguised.stderr == plain.stderr)
      #expect(!(try run(tool, ["--help"]).stdout.contains("reader")))
    }
  }

  /// Seeded damage to a file of real Keras and to what we write: `scripts/fuzz-models.sh` reads more.
  @Test func damagedModels() throws {
    struct Tally: Decodable {
      var count: Int
      var read: Int
      var refused: Int
      var mostSeconds: Double
    }
    let tool = try builtProduct("neatms-dist")
    for (format, name) in [("h5", "ours.h5"), ("keras", "ours.keras")] {
      let made = try run(
        tool, ["export", "m.h5", "--to", format, "--out", name], directory: folder.path)
      #expect(made.status == 0, "\(made.stderr)")
    }
    let result = try run(
      builtProduct("model-reader-suite"), ["fuzz", "2000", "1", "m.h5", "ours.h5", "ours.keras"],
      directory: folder.path, timeout: 300)
    print("damaged models, seed 1: \(result.stdout)\(result.stderr)")
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    let tally = try JSONDecoder().decode(Tally.self, from: Data(result.stdout.utf8))
    #expect(tally.count == 2000 && tally.mostSeconds < 2)
    // Neither is the damage harmless nor everything refused.
    #expect(tally.read > 100 && tally.refused > 1000)
  }

  /// What comes through the rehearsal is then read by the program itself, which must not crash.
  @Test func damagedBatches() throws {
    try makeDemo(folder.file("peaks.h5"), peaks: 60, matrixSize: 16)
    let result = try run(
      builtProduct("model-reader-suite"), ["batches", "100", "1", folder.file("peaks.h5")],
      timeout: 300)
    print("damaged batches, seed 1: \(result.stdout)\(result.stderr)")
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains("\"count\":100"), "\(result.stdout)")
  }
}
