import Foundation
import PeakData
import Support
import TestTools
import Testing

/// Disks that are full, stood in for by a limit on the size of files and by /dev/full.
@Suite("neatms-dist and neatms-evaluate where nothing more can be written")
struct FullDiskTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try BatchesWriter.write(DemoSet(peaks: 60, matrixSize: 40), to: folder.file("d.h5"))
  }

  /// Runs a tool, after shell words such as a limit and before redirections of its streams.
  private func shell(
    _ tool: String, _ arguments: String, after before: String = ""
  ) throws -> RunResult {
    let program = try builtProduct(tool)
    return try TestTools.run(
      "/bin/bash", ["-c", "\(before) exec '\(program)' \(arguments)"],
      environment: MPIRun.environment, directory: folder.path)
  }

  /// Files of at most so many KiB; writing more is an error, not a signal.
  private func limit(_ kilobytes: Int) -> String {
    "trap '' XFSZ; ulimit -f \(kilobytes);"
  }

  private var names: [String] {
    get throws { try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() }
  }

  @Test("A model that does not fit ends training with one message")
  func train() throws {
    // A model takes more than 1 MiB.
    let result = try shell(
      "neatms-dist", "train --data d.h5 --out run --epochs 2 --checkpoint-every 1 -q",
      after: limit(1000))
    #expect(result.status == Failure.Code.inputOutput.rawValue, "\(result.stderr)")
    #expect(result.stderr.contains(".h5") && result.stderr.contains("File too large"))
    #expect(!result.stderr.contains(".part") && !result.stderr.contains("no reason"))
    let left = try names.filter { $0.hasPrefix("run/") }
    #expect(!left.contains { $0.contains(".h5") || $0.contains(".part") }, "\(left)")
  }

  @Test("An event file of TensorBoard that does not fit ends training with one message")
  func events() throws {
    // Twenty epochs' events take more than 8 KiB, run.json and their lines of history less.
    let result = try shell(
      "neatms-dist",
      "train --data d.h5 --out run --epochs 100 --tensorboard --checkpoint-every 60m -q",
      after: limit(8))
    #expect(result.status == Failure.Code.inputOutput.rawValue, "\(result.stderr)")
    #expect(result.stderr.contains("run/train/events.out.tfevents."), "\(result.stderr)")
    #expect(result.stderr.contains("File too large"), "\(result.stderr)")
  }

  @Test("A batches file that does not fit", arguments: [1, 16, 200])
  func demo(kilobytes: Int) throws {
    let result = try shell(
      "neatms-dist", "demo --out e.h5 --peaks 2000", after: limit(kilobytes))
    #expect(result.status == Failure.Code.inputOutput.rawValue, "\(result.stderr)")
    #expect(result.stderr.contains("e.h5") && result.stderr.contains("File too large"))
    #expect(!result.stderr.contains(".part"))
    #expect(try names == ["d.h5"])
  }

  @Test(
    "A result that cannot be written is an error",
    arguments: ["summary", "bench --seconds 0.01 --batch-size 8"])
  func results(_ command: String) throws {
    let result = try shell("neatms-dist", "\(command) -q >/dev/full")
    #expect(result.status == Failure.Code.inputOutput.rawValue, "\(result.stderr)")
    #expect(result.stderr.contains("standard output"))
    #expect(result.stderr.contains("No space left on device"))
  }

  @Test("Messages that cannot be written end nothing, and do not change the exit code")
  func messages() throws {
    let trained = try shell("neatms-dist", "train --data d.h5 --out run --epochs 1 2>/dev/full")
    #expect(trained.status == 0)
    #expect(try names.contains("run/model.h5"))
    let failed = try shell("neatms-dist", "train --data none.h5 --out run2 2>/dev/full")
    #expect(failed.status == Failure.Code.missingInput.rawValue)
    let written = try shell("neatms-dist", "demo --out e.h5 --peaks 50 2>/dev/full")
    #expect(written.status == 0)
    let quiet = try shell("neatms-dist", "demo --out f.h5 --peaks 50 -q")
    #expect(quiet.status == 0 && quiet.stderr.isEmpty)
  }
}
