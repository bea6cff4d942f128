import Foundation
import KerasFile
import Model
import PythonTesting
import Support
import TestTools
import Testing

/// `neatms-dist export`, and what `summary` says of its files.
@Suite(.serialized) struct ExportTests {
  let folder: TestTools.TemporaryFolder

  /// A model of two epochs, `run/model.h5`, with class names and the state of Adam.
  init() throws {
    folder = try TestTools.TemporaryFolder()
    try makeDemo(folder.file("peaks.h5"), peaks: 100, matrixSize: 21)
    let trained = try Train("--data", "peaks.h5", "--epochs", "2", "--out", "run").run(in: folder)
    #expect(trained.status == 0, "\(trained.stderr)")
  }

  private func tool(_ arguments: String...) throws -> RunResult {
    try TestTools.run(builtProduct("neatms-dist"), arguments, directory: folder.path)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.file(name))
  }

  private func read(_ name: String) throws -> KerasModel {
    try KerasFile.read(folder.file(name), matrixSize: 21)
  }

  /// From format to format and back: no bit of weights, moments, class names or network changes.
  @Test func roundTripKeepsEveryBit() throws {
    let first = try read("run/model.h5")
    #expect(first.optimizerState?.step == 6 && first.classes?.count == 3 && first.margin != nil)
    for (from, format, out) in [
      ("run/model.h5", "keras", "model.keras"), ("model.keras", "h5", "model.h5"),
      ("model.h5", "weights", "model.weights.h5"),
    ] {
      let result = try tool("export", from, "--to", format)
      #expect(result.status == 0 && result.stdout.isEmpty, "\(result.stderr)")
      let state = "and adam's state after 6 steps"
      #expect(result.stderr == "\(out): model_1, \(first.weights.count) weights, \(state)\n")
      let model = try read(out)
      #expect(model.weights == first.weights && model.architecture == first.architecture)
      #expect(model.classes == first.classes && model.margin == first.margin)
      #expect(model.minScanNum == first.minScanNum && model.format.rawValue == format)
      guard format != "weights" else { continue }
      #expect(model.optimizer == first.optimizer && model.optimizerState == first.optimizerState)
    }
    // Once more from the weights, which name their network.
    #expect(try tool("export", "model.weights.h5", "--to", "h5", "--out", "w.h5").status == 0)
    #expect(try read("w.h5").architecture == first.architecture)
    // The same model, the same bytes.
    let again = try tool("export", "model.keras", "--to", "h5", "--out", "again.h5", "-q")
    #expect(again.status == 0 && again.stderr.isEmpty)
    let files = try ["model.h5", "again.h5"].map {
      try Data(contentsOf: URL(filePath: folder.file($0)))
    }
    #expect(files[0] == files[1])
  }

  /// A file of any format starts a training, is evaluated, and trains on as the `.h5` does.
  @Test func everyFormatIsUsedLikeTheFirst() throws {
    for format in ["keras", "weights"] {
      #expect(try tool("export", "run/model.h5", "--to", format).status == 0)
    }
    var ends: [String: KerasModel] = [:]
    for model in ["run/model.h5", "model.keras"] {
      let out = "on-\(ends.count)"
      let trained = try Train(
        "--data", "peaks.h5", "--model", model, "--epochs", "1", "--out", out
      ).run(in: folder)
      #expect(trained.status == 0, "\(trained.stderr)")
      ends[model] = try read("\(out)/model.h5")
    }
    #expect(ends["run/model.h5"]?.optimizerState?.step == 9)
    #expect(ends["run/model.h5"] == ends["model.keras"])
    var scores: Set<String> = []
    for model in ["run/model.h5", "model.keras", "model.weights.h5"] {
      let result = try TestTools.run(
        builtProduct("neatms-evaluate"), [model, "--data", "peaks.h5", "--json", "--quiet"],
        directory: folder.path)
      #expect(result.status == 0, "\(result.stderr)")
      scores.insert(result.stdout.replacingOccurrences(of: model, with: "MODEL"))
    }
    #expect(scores.count == 1, "\(scores)")
  }

  @Test func summarySaysWhoWroteTheFile() throws {
    for format in ["keras", "weights"] {
      #expect(try tool("export", "run/model.h5", "--to", format).status == 0)
    }
    let h5 = try tool("summary", "run/model.h5").stdout.split(separator: "\n")
    let table = h5.prefix { !$0.hasPrefix("Written") }
    #expect(table.contains { $0.hasPrefix("Layer (type)") && $0.contains("Trainable") })
    #expect(table.contains { $0.hasPrefix("conv2d_1 (Conv2D)") && $0.contains(" Y") })
    let (ours, optimizer) = (
      "neatms-dist \(packageVersion) in Keras",
      "Optimizer: adam, learning rate 1e-05, after 6 steps"
    )
    #expect(
      h5.suffix(3) == [
        "Written by \(ours) 2.15.0's format", "Classes: High_quality, Low_quality, Noise",
        "\(optimizer)",
      ])
    let zip = try tool("summary", "model.keras").stdout.split(separator: "\n")
    #expect(zip.prefix(table.count) == table && zip.last == "\(optimizer)")
    #expect(zip.contains("Written by \(ours) 3.0.0's format"))
    let weights = try tool("summary", "model.weights.h5").stdout.split(separator: "\n")
    #expect(weights.prefix(table.count) == table)
    #expect(weights.contains("Weights only, written by \(ours) 3.0.0's format"))
  }

  /// The weights go along, and who cannot open the file is said.
  @Test func warnsOfWhoCannotOpenIt() throws {
    var model = try read("run/model.h5")
    model.architecture.layers[0].name = "block1/a,b"
    guard case .conv2D(var conv) = model.architecture.layers[0].kind else { return }
    conv.activation = .gelu
    model.architecture.layers[0].kind = .conv2D(conv)
    try KerasFile.write(model, to: folder.file("odd.h5"))
    for (format, count) in [("h5", 3), ("keras", 2), ("weights", 0), ("onnx", 0)] {
      let out = "odd-out.\(format)"
      let result = try tool("export", "odd.h5", "--to", format, "--out", out)
      #expect(result.status == 0 && exists(out), "\(result.stderr)")
      let warnings = result.stderr.split(separator: "\n").filter {
        $0.hasPrefix("Warning: \(out): Keras ")
      }
      #expect(warnings.count == count, "\(result.stderr)")
    }
    let plain = try tool("export", "run/model.h5", "--to", "h5", "--out", "plain.h5")
    #expect(!plain.stderr.contains("Warning"), "\(plain.stderr)")
  }

  /// What cannot be exported: one message, its code, and no file.
  @Test func whatCannotBeExported() throws {
    let cases: [(Failure.Code, [String], String)] = [
      (.missingInput, ["none.h5", "--to", "keras"], "none.h5"),
      (.badData, ["peaks.h5", "--to", "keras"], "a batches file"),
      (.usage, ["run/model.h5", "--to", "tflite"], "'h5', 'keras', 'weights' or 'onnx'"),
      (.usage, ["run/model.h5"], "--to"),
      (.cannotCreate, ["run/model.h5", "--to", "onnx", "--out", "no/x.onnx"], "no/x.onnx"),
      (.cannotCreate, ["run/model.h5", "--to", "h5", "--out", "peaks.h5"], "--overwrite"),
    ]
    for (code, arguments, part) in cases {
      let result = try TestTools.run(
        builtProduct("neatms-dist"), ["export"] + arguments, directory: folder.path)
      #expect(result.status == code.rawValue, "\(arguments): \(result.stderr)")
      #expect(result.stderr.contains(part) && result.stdout.isEmpty, "\(result.stderr)")
    }
    #expect(!exists("none.keras") && !exists("peaks.keras") && !exists("model.h5"))
    let replaced = try tool(
      "export", "run/model.h5", "--to", "h5", "--out", "peaks.h5", "--overwrite")
    #expect(replaced.status == 0)
    #expect(try read("peaks.h5").weights == read("run/model.h5").weights)
  }

  @Test(.enabled(if: Python.has(.onnx), "no .venv-onnx: scripts/venv.sh onnx makes it"))
  func onnxruntimeAgrees() throws {
    let model = try read("run/model.h5")
    #expect(try tool("export", "run/model.h5", "--to", "onnx").status == 0)
    var sequence = PhiloxSequence(seed: 5, stream: .simulation)
    let x = (0..<(8 * 42)).map { _ in sequence.nextUniform() as Float }
    try x.withUnsafeBytes { try Data($0).write(to: URL(filePath: folder.file("x.bin"))) }
    try Python.run(.onnx, script: "onnx-run.py", [folder.path])
    let bytes = try Data(contentsOf: URL(filePath: folder.file("model.probabilities.bin")))
    let theirs = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let net = try PeakNet(architecture: model.architecture, maxBatch: 8)
    _ = net.weights.all.update(fromContentsOf: model.weights)
    var ours = [Float](repeating: 0, count: 8 * 3)
    net.predict(x, count: 8, into: &ours)
    #expect(theirs.count == ours.count && distance(ours, theirs) < 1e-5)
  }
}
