import ArgumentParser
import Evaluation
import Foundation
import Isolation
import KerasFile
import Model
import PeakData
import Support

/// `neatms-evaluate`: how well a model classifies, on a workstation without MPI.
@main
struct NeatMSEvaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neatms-evaluate",
    abstract: "Evaluate a NeatMS model: accuracy, confusion, threshold.",
    discussion: """
      MODEL is a Keras .h5, as neatms-dist train, Keras 2 or NeatMS write it. The test set is what \
      Keras calls validation data; the validation set is kept for the threshold.

      Examples:
        neatms-evaluate neatms-run/best.h5
        neatms-evaluate model.h5 --data batches.h5 --threshold High_quality
        neatms-evaluate model.h5 --data batches.h5 --report report.html
      """,
    version: packageVersion)

  @Argument(
    help: ArgumentHelp("The model to evaluate.", valueName: "MODEL.h5"),
    completion: .file(extensions: ["h5"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Labelled peaks. Default: batches.h5 here if it exists, else the embedded demo set.",
      valueName: "FILE.h5"), completion: .file(extensions: ["h5"]))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Find the best threshold for this class on the validation set, as NeatMS's get_threshold.",
      valueName: "LABEL"))
  var threshold: String?

  @Option(
    help: ArgumentHelp("Write a page with charts.", valueName: "FILE.html"),
    completion: .file(extensions: ["html"]))
  var report: String?

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors.")
  var quiet = false

  static func main() {
    IsolatedReader.serveIfAsked([KerasFile.isolatedTask, BatchesFile.isolatedTask])
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Console().warn("neatms-evaluate: \(failure)")
      Foundation.exit(failure.code.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  func run() throws {
    let source = try openData()
    let file = try KerasFile.readIsolated(model, matrixSize: source.header.matrixSize)
    for assumption in file.assumptions { Console(quiet: quiet).say(assumption) }
    try checkFit(
      file.architecture, modelClasses: file.classes, modelMargin: file.margin, modelPlace: model,
      source)
    let label = try labelIndex(source.header.classes)
    let net = try PeakNet(architecture: file.architecture, maxBatch: 64)
    net.weights.assign(AlignedBuffer(copying: file.weights))
    let test = try LabelledPredictions(of: net, on: source, .test)
    let validation = try LabelledPredictions(of: net, on: source, .validation)
    let result = EvaluationReport(
      model: model, data: source.place, test: test, validation: validation,
      regularizationLoss: net.regularizationLoss(), label: label)
    if let report {
      let history = TrainingHistory(besideModel: model)
      try write(HTMLReport(result, validation: validation, history: history), to: report)
    }
    try Console.printResult(
      json ? result.json : result.text, terminator: json ? "\n" : "")
  }

  private func openData() throws -> any BatchSource {
    let here = "batches.h5"
    if let data { return try BatchesFile.openRehearsed(data) }
    if FileManager.default.fileExists(atPath: here) { return try BatchesFile.openRehearsed(here) }
    Console(quiet: quiet).say(
      "no --data and no batches.h5 here: evaluating on the embedded demo set (simulated peaks)")
    return DemoSet()
  }

  private func labelIndex(_ classes: [String]) throws -> Int? {
    guard let threshold else { return nil }
    if let index = classes.firstIndex(of: threshold) { return index }
    throw Failure(
      .usage, "--threshold: the data has no such class",
      expected: "one of \(classes.joined(separator: ", "))", found: threshold)
  }

  private func write(_ page: HTMLReport, to path: String) throws {
    try AtomicFile.write(page.html, to: path)
    Console(quiet: quiet).say("report: \(path)")
  }
}
