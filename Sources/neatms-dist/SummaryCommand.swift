import ArgumentParser
import KerasFile
import Model
import Support

/// `neatms-dist summary`: the layers of a model.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Show the layers of a model, as Keras's model.summary() does.",
    discussion: """
      Without a model it shows the network that training from scratch would make.

      Examples:
        neatms-dist summary run/model.h5
        neatms-dist summary --matrix-size 60 --classes 2
      """)

  @Argument(help: "A Keras model.", completion: .file(extensions: ["h5"]))
  var model: String?

  @Option(help: ArgumentHelp("Points of a peak matrix, without a model.", valueName: "points"))
  var matrixSize: Int?

  @Option(help: ArgumentHelp("The number of classes, without a model.", valueName: "count"))
  var classes: Int?

  @Flag(help: "Add the column Trainable.")
  var trainable = false

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  func validate() throws {
    if model != nil, matrixSize != nil || classes != nil {
      throw ValidationError("--matrix-size and --classes are for the network without a model.")
    }
    if let matrixSize, matrixSize < 2 {
      throw ValidationError("--matrix-size: expected at least 2, found \(matrixSize).")
    }
    if let classes, classes < 2 {
      throw ValidationError("--classes: expected at least 2, found \(classes).")
    }
  }

  func run() throws {
    guard let model else {
      var architecture = Architecture.neatMS(
        matrixSize: matrixSize ?? 120, classCount: classes ?? 3)
      architecture.name = "NeatMS_Model"
      try Console.printResult(ModelSummary(architecture, showsTrainable: trainable).text)
      return
    }
    let file = try KerasFile.read(model)
    let layers = ModelSummary(file.architecture, showsTrainable: trainable).text
    try Console.printResult(layers + "\n" + SummaryCommand.origin(of: file))
  }

  /// Which Keras wrote the file, and how it was compiled.
  static func origin(of file: KerasModel) -> String {
    let keras = "Keras \(file.kerasVersion ?? "of an unknown version")"
    var lines = [
      file.programVersion.map { "Written by neatms-dist \($0), in the format of \(keras)" }
        ?? "Written by \(keras), backend \(file.backend ?? "unknown")"
    ]
    if let classes = file.classes {
      lines.append("Classes: \(classes.joined(separator: ", "))")
    }
    if let optimizer = file.optimizer {
      let steps = file.optimizerState.map { ", after \($0.step) steps" } ?? ""
      lines.append(
        "Optimizer: \(optimizer.name), learning rate \(optimizer.learningRate)\(steps)")
    }
    return lines.joined(separator: "\n")
  }
}
