import Foundation
import PythonTesting
import TestTools
import Testing

/// `train --tensorboard`, read by TensorBoard's own code.
@Suite(
  "TensorBoard event files", .serialized, .enabled(if: Python.isWanted, "\(Python.skipReason)"))
struct TensorBoardTests {
  /// What scripts/python/tensorboard-curves.py prints of a folder.
  private struct Events: Decodable {
    let curves: [String: [[Double]]]
    let events: [String]
  }

  private let folder: TestTools.TemporaryFolder

  init() throws {
    folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 60, matrixSize: 40)
  }

  @discardableResult
  private func train(ranks: Int? = nil, _ more: [String]) throws -> RunResult {
    var train = Train(ranks: ranks)
    train.arguments =
      [
        "--data", "peaks.h5", "--learning-rate", "0.001", "--reduce-lr-patience", "1",
        "--checkpoint-every", "1", "--keep", "9", "--out", folder.file("run"),
      ] + more
    let result = try train.run(in: folder)
    #expect(result.status == 0, "\(result.stderr)")
    return result
  }

  private func read(_ command: String, _ path: String) throws -> [String: Events] {
    let text = try Python.run(.keras2, script: "tensorboard-curves.py", [command, path])
    return try JSONDecoder().decode([String: Events].self, from: Data(text.utf8))
  }

  /// The columns of history.csv as curves, in single precision.
  private func history() throws -> [String: [[Double]]] {
    let text = try String(contentsOfFile: folder.file("run/history.csv"), encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    var columns: [String: [[Double]]] = [:]
    for (place, name) in lines[0].enumerated() {
      columns[name] = try lines.dropFirst().map { line in
        let (epoch, value) = (Double(line[0]), Double(line[place]))
        return [try #require(epoch), Double(Float(try #require(value)))]
      }
    }
    return columns
  }

  private func expectHistory(epochs: Int) throws {
    let (found, history) = (try read("read", folder.file("run")), try history())
    #expect(history["loss"]?.map { $0[0] } == (0..<epochs).map(Double.init))
    #expect(found.keys.sorted() == ["train", "validation"])
    let names = ["loss", "accuracy", "mae"]
    for name in names {
      #expect(found["train"]?.curves["epoch_\(name)"] == history[name], "\(name)")
      #expect(found["validation"]?.curves["epoch_\(name)"] == history["val_\(name)"], "\(name)")
    }
    #expect(found["train"]?.curves["epoch_learning_rate"] == history["lr"])
    #expect(found["train"]?.curves.count == 4)
    #expect(found["validation"]?.curves.count == 3)
  }

  private func files(_ name: String) -> [String] {
    let path = folder.file("run/\(name)")
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  @Test("They hold what history.csv does, once, however many ranks train", arguments: [nil, 3])
  func sameAsHistory(ranks: Int?) throws {
    try train(ranks: ranks, ["--epochs", "4", "--tensorboard"])
    try expectHistory(epochs: 4)
    #expect(files("train").count == 1 && files("validation").count == 1)
  }

  @Test("Keras's callback writes the same curves into the same folders, message by message")
  func sameAsKeras() throws {
    try train(["--epochs", "2", "--tensorboard"])
    let ours = try read("read", folder.file("run"))
    let keras = try read("keras", folder.file("keras"))
    #expect(ours.keys.sorted() == keras.keys.sorted())
    for (name, theirs) in keras {
      let curves = theirs.curves.filter { $0.key.hasPrefix("epoch_") }
      #expect(ours[name]?.curves.keys.sorted() == curves.keys.sorted())
      for (tag, points) in curves {
        #expect(ours[name]?.curves[tag]?.map { $0[0] } == points.map { $0[0] }, "steps of \(tag)")
      }
      let events = theirs.events.filter { !$0.contains("_vs_iterations") }
      #expect(ours[name]?.events.filter { !$0.contains("session_log") } == events)
    }
  }

  /// The run went on for two epochs after the checkpoint that is resumed from.
  @Test("A resumed run goes on in new files; epochs that were rolled back are shown once")
  func resumed() throws {
    try train(["--epochs", "5", "--tensorboard"])
    for epoch in [4, 5] {
      try FileManager.default.removeItem(
        atPath: folder.file("run/checkpoints/epoch-00000\(epoch).h5"))
    }
    let first = files("train")
    // The run's own choice is kept.
    try train(["--epochs", "4", "--resume"])
    try expectHistory(epochs: 4)
    #expect(files("train").count == 2 && files("train")[0] == first[0])
    try train(["--epochs", "7", "--resume", "--tensorboard"])
    try expectHistory(epochs: 7)
    #expect(files("train").count == 3 && files("validation").count == 3)
  }

  @Test("Files that lack epochs are made up for")
  func begunLater() throws {
    try train(["--epochs", "2"])
    #expect(files("train") == [])
    try train(["--epochs", "3", "--resume", "--tensorboard"])
    try expectHistory(epochs: 3)
    try FileManager.default.removeItem(atPath: folder.file("run/train"))
    try train(["--epochs", "4", "--resume"])
    try expectHistory(epochs: 4)
  }

  @Test("--overwrite removes them, and nothing that others put beside them")
  func overwritten() throws {
    try train(["--epochs", "2", "--tensorboard"])
    let foreign = folder.file("run/train/events.out.tfevents.1.host.1.0.v2")
    try Data().write(to: URL(filePath: foreign))
    try train(["--epochs", "1", "--overwrite"])
    #expect(files("train") == ["events.out.tfevents.1.host.1.0.v2"])
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/validation")))
    try FileManager.default.removeItem(atPath: foreign)
    try train(["--epochs", "1", "--overwrite", "--tensorboard"])
    try expectHistory(epochs: 1)
  }

  @Test("Each epoch can be seen as soon as it is over")
  func live() throws {
    let running = try Train(
      "--data", "peaks.h5", "--epochs", "100000", "--tensorboard", "--out", folder.file("run")
    ).start(in: folder)
    while running.isRunning && !running.stderr.contains("epoch 3/") { usleep(10_000) }
    let name = try #require(files("train").first)
    let bytes = try Data(contentsOf: URL(filePath: folder.file("run/train/\(name)")))
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.components(separatedBy: "epoch_loss").count > 3)
    #expect(running.isRunning, "\(running.stderr)")
    running.send(signal: SIGUSR1)
    #expect(try running.wait().status == 75)
  }
}

@Suite("TensorBoard event files that cannot be written") struct TensorBoardPlaceTests {
  @Test func noFolder() throws {
    let folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 60, matrixSize: 40)
    try FileManager.default.createDirectory(
      atPath: folder.file("run"), withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: folder.file("run/train")))
    let result = try Train(
      ranks: 2, "--data", "peaks.h5", "--epochs", "1", "--tensorboard", "--out", "run"
    ).run(in: folder)
    #expect(result.status == 73, "\(result.stderr)")
    #expect(result.stderr.contains("run/train"), "\(result.stderr)")
  }
}
