import KerasFile
import PeakData
import Support

/// The model, and what it and the command line say together about classes, matrices and labels.
struct ModelChoice {
  let model: KerasModel
  /// In the order of the network's outputs.
  let classes: [String]
  let matrices: PeakMatrixRule
  let rule: PredictionRule
  private let place: String
  /// Whether the class names are neither the file's nor the user's.
  private let areClassesAssumed: Bool

  /// What NeatMS calls its classes, sorted.
  static let neatMSClasses = ["High_quality", "Low_quality", "Noise"]
  /// What NeatMS's documentation finds for its own model.
  static let neatMSThreshold = 0.22

  /// Reads the model.
  /// - Throws: `Failure`: what `KerasFile.readIsolated` throws; `.badData` for a network that does not
  ///   take matrices of two rows; `.usage` for options that do not fit it.
  init(_ request: PredictionRequest) throws {
    place = request.model
    model = try KerasFile.readIsolated(request.model, matrixSize: request.matrixSize)
    let input = model.architecture.input
    guard input.height == 2, input.channels == 1 else {
      throw Failure(
        .badData, "the model does not take peak matrices", at: request.model,
        expected: "an input of (2, points, 1)",
        found: "(\(input.height), \(input.width), \(input.channels))")
    }
    if let asked = request.matrixSize, asked != input.width {
      throw Failure(
        .usage, "the model takes matrices of another size", at: request.model,
        expected: "--matrix-size \(input.width)", found: "--matrix-size \(asked)",
        hint: "Leave --matrix-size out: the model says it.")
    }
    matrices = PeakMatrixRule(
      matrixSize: input.width, margin: request.margin ?? model.margin ?? 1,
      minScanNum: request.minScanNum ?? model.minScanNum ?? 5)
    (classes, areClassesAssumed) = try Self.classes(model, request)
    rule = try Self.rule(classes, request)
  }

  private static func classes(
    _ model: KerasModel, _ request: PredictionRequest
  ) throws -> (names: [String], areAssumed: Bool) {
    let count = model.architecture.classCount
    // NeatMS sorts the labels; that is the order of the outputs.
    let given = request.classes?.sorted {
      $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
    }
    if let own = model.classes {
      guard given == nil || given == own else {
        throw Failure(
          .usage, "--classes are not the model's", at: request.model,
          expected: own.joined(separator: ", "), found: given?.joined(separator: ", "))
      }
      return (own, false)
    }
    if let given {
      guard given.count == count, Set(given).count == count else {
        throw Failure(
          .usage, "--classes do not fit the model", at: request.model,
          expected: "\(count) different names, one an output",
          found: given.joined(separator: ", "))
      }
      return (given, false)
    }
    guard count == neatMSClasses.count else {
      throw Failure(
        .usage, "the model does not say what its classes are called", at: request.model,
        expected: "--classes with \(count) names", found: "none",
        hint: "Give the labels that it was trained on, in any order: --classes Good,Bad")
    }
    return (neatMSClasses, true)
  }

  private static func rule(
    _ classes: [String], _ request: PredictionRequest
  ) throws -> PredictionRule {
    let name = request.label ?? neatMSClasses[0]
    if let label = classes.firstIndex(of: name) {
      return PredictionRule(
        PredictionRule.Monitored(label: label, threshold: request.threshold ?? neatMSThreshold))
    }
    if request.label != nil || request.threshold != nil {
      throw Failure(
        .usage,
        request.label == nil ? "--threshold needs a --label" : "the model has no class \(name)",
        at: request.model, expected: "--label with one of \(classes.joined(separator: ", "))",
        found: request.label == nil ? "none" : "--label \(name)")
    }
    return PredictionRule()
  }

  /// Says by what the peaks will be labelled.
  func tell(_ console: Console) {
    for assumption in model.assumptions { console.say(assumption) }
    let (names, margin, scans) = (
      classes.joined(separator: ", "), matrices.margin, matrices.minScanNum
    )
    if areClassesAssumed {
      console.say(
        "\(place) does not name its classes: taken to be NeatMS's, \(names); --classes says otherwise"
      )
    }
    let decision =
      rule.monitored.map {
        "\(classes[$0.label]) from a probability of \($0.threshold), else the most probable class"
      } ?? "the most probable class of \(names)"
    console.say(
      "\(place): matrices of \(matrices.matrixSize) points, margin \(margin), "
        + "at least \(scans) scans; \(decision)")
    for (option, used, own) in [
      ("--margin", "\(margin)", model.margin.map { "\($0)" }),
      ("--min-scan-num", "\(scans)", model.minScanNum.map { "\($0)" }),
    ] {
      guard let own, own != used else { continue }
      console.warn("Warning: \(option) \(used), but the model was trained with \(own).")
    }
  }
}
