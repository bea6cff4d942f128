import ArgumentParser
import DistTrainer
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
        neatms-dist summary run/model.h5 --freeze conv-base
        neatms-dist summary --matrix-size 60 --classes 2
      """)

  @Argument(help: "A Keras model.", completion: .file(extensions: ["h5", "keras"]))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Points of a peak matrix, without a model or where a file of weights leaves two open.",
      valueName: "points"))
  var matrixSize: Int?

  @Option(help: ArgumentHelp("The number of classes, without a model.", valueName: "count"))
  var classes: Int?

  @Flag(inversion: .prefixedNo, help: "The column Trainable.")
  var trainable = true

  @OptionGroup var layers: LayerOptions

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  func validate() throws {
    if model != nil, classes != nil {
      throw ValidationError("--classes is for the network without a model.")
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
      try Console.printResult(table(of: architecture))
      return
    }
    let file = try KerasFile.readIsolated(model, matrixSize: matrixSize)
    for assumption in file.assumptions { Console(quiet: quiet).say(assumption) }
    try Console.printResult(table(of: file.architecture) + "\n" + SummaryCommand.origin(of: file))
  }

  /// With `trainable` as `--freeze` or `--train-only` would set it.
  private func table(of architecture: Architecture) throws -> String {
    let frozen = try layers.choice.frozenNames(of: architecture)
    let isChosen = layers.choice.isGiven
    let chosen = try isChosen ? layers.choice.applied(to: architecture) : architecture
    return ModelSummary(chosen, frozen: frozen, showsTrainable: trainable).text
  }

  /// Who wrote the file, and how it was compiled.
  static func origin(of file: KerasModel) -> String {
    var lines = [
      "\(file.format == .weights ? "Weights only, written" : "Written") by \(file.writer)"
    ]
    if let classes = file.classes {
      lines.append("Classes: \(classes.joined(separator: ", "))")
    }
    if let optimizer = file.optimizer {
      let steps = file.optimizerState.map { ", after \($0.step) steps" } ?? ""
      lines.append(
        "Optimizer: \(optimizer.name), learning rate \(optimizer.learningRate)\(steps)")
    }
    if let remark = file.stateRemark {
      lines.append("Training would start the optimizer anew: the file \(remark)")
    }
    return lines.joined(separator: "\n")
  }
}
