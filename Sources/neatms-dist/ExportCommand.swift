import ArgumentParser
import Foundation
import KerasFile
import Model
import Support

/// `neatms-dist export`: a model in another program's format.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model in another format: Keras's .h5 or .keras, weights alone, or ONNX.",
    discussion: """
      Reads every model that train and summary read. The weights stay the same to the last bit; the \
      optimizer's state goes along into Keras's formats.

        h5       Keras 2.3 to 2.15, tf-keras, Keras 3 and NeatMS
        keras    Keras 3, which goes on training where the model stopped
        weights  model.load_weights("NAME.weights.h5") in Keras 2.15, tf-keras and Keras 3
        onnx     onnxruntime and other programs; predicts only

      Examples:
        neatms-dist export neatms-run/best.h5 --to keras
        neatms-dist export theirs.keras --to h5 --out neatms.h5
      """)

  /// The formats, with the ends of file names.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case h5, keras, weights, onnx

    /// Nil for what is not Keras's.
    var kerasFormat: KerasModel.Format? { KerasModel.Format(rawValue: rawValue) }
    var suffix: String { self == .weights ? ".weights.h5" : ".\(rawValue)" }
  }

  @Argument(help: "A Keras model.", completion: .file(extensions: ["h5", "keras"]))
  var model: String

  @Option(name: .customLong("to"), help: "The format to write.")
  var format: Format

  @Option(
    help: ArgumentHelp(
      "The file to write; by default the model's name with the format's ending, here.",
      valueName: "FILE"),
    completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Points of a peak matrix, where a file of weights leaves two open.", valueName: "M"))
  var matrixSize: Int?

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    let out = out ?? defaultName
    if !overwrite && FileManager.default.fileExists(atPath: out) {
      throw Failure(
        .cannotCreate, "exists already", at: out,
        hint: "Give another name with --out, or --overwrite to replace it.")
    }
    let file = try KerasFile.readIsolated(model, matrixSize: matrixSize)
    let console = Console(quiet: quiet)
    for assumption in file.assumptions { console.say(assumption) }
    if format != .onnx, let remark = file.stateRemark {
      console.say("without an optimizer's state: \(model) \(remark)")
    }
    switch format {
    case .h5: try KerasFile.write(file, to: out)
    case .keras: try KerasFile.writeZip(file, to: out)
    case .weights: try KerasFile.writeWeights(file, to: out)
    case .onnx: try ONNXFile.write(file, to: out)
    }
    console.say("\(out): \(file.architecture.name), \(describe(file))")
    for obstacle in format.kerasFormat.map(file.obstacles) ?? [] {
      console.say("Warning: \(out): \(obstacle)")
    }
  }

  /// The model's name without its folder and ending.
  private var defaultName: String {
    var name = URL(filePath: model).lastPathComponent
    for suffix in [".weights.h5", ".h5", ".hdf5", ".keras"] where name.hasSuffix(suffix) {
      name.removeLast(suffix.count)
      break
    }
    return name + format.suffix
  }

  private func describe(_ file: KerasModel) -> String {
    let weights = "\(file.weights.count) weights"
    guard format != .onnx, let optimizer = file.optimizer, let state = file.optimizerState else {
      return weights
    }
    return "\(weights), and \(optimizer.name)'s state after \(state.step) steps"
  }
}
