import Isolation
import Model
import Support

/// What a file says beside the network and its weights, checked before anything uses it: a model from
/// outside may say anything.
extension KerasFile {
  /// Checks class names, margin and minimum scans.
  /// - Parameter place: the file, and the entry in it where there are several.
  /// - Throws: `Failure(.badData)` naming the first that is refused.
  static func checkFacts(of model: KerasModel, _ place: String) throws {
    if let classes = model.classes {
      try check(classes, count: model.architecture.classCount, "\(place), neatms_classes")
    }
    if let margin = model.margin, !(0...1000).contains(margin) {
      throw Failure(
        .badData, "the margin makes no sense", at: "\(place), neatms_margin",
        expected: "0 … 1000", found: "\(margin)")
    }
    if let count = model.minScanNum, count < 0 {
      throw Failure(
        .badData, "the minimum number of scans makes no sense",
        at: "\(place), neatms_min_scan_num", expected: "at least 0", found: "\(count)")
    }
  }

  private static func check(_ classes: [String], count: Int, _ place: String) throws {
    if classes.count != count {
      throw Failure(
        .badData, "the class names do not fit the network", at: place,
        expected: "\(count) names, one an output", found: "\(classes.count)")
    }
    if let wrong = classes.first(where: \.hasControls) {
      throw Failure(
        .badData, "has a name with characters that cannot be shown", at: place,
        found: wrong.forTerminal())
    }
    if let empty = classes.firstIndex(of: "") {
      throw Failure(.badData, "class \(empty) has no name", at: place)
    }
    var seen: Set<String> = []
    if let twice = classes.first(where: { !seen.insert($0).inserted }) {
      throw Failure(
        .badData, "a class is listed twice", at: place, expected: "every name once",
        found: "\(twice) in \(classes.joined(separator: ", "))")
    }
  }

  /// Checks that what the optimizer was set to are numbers.
  /// - Parameter place: the file and the entry or attribute in it.
  /// - Throws: `Failure(.badData)` naming the first that is not.
  static func checkNumbers(of optimizer: OptimizerConfiguration?, _ place: String) throws {
    let settings: [(name: String, value: Float)] =
      switch optimizer {
      case .adam(let rate, let beta1, let beta2, let epsilon):
        [("learning_rate", rate), ("beta_1", beta1), ("beta_2", beta2), ("epsilon", epsilon)]
      case .sgd(let rate, let momentum): [("learning_rate", rate), ("momentum", momentum)]
      case nil: []
      }
    guard let wrong = settings.first(where: { !$0.value.isFinite }) else { return }
    throw Failure(
      .badData, "the optimizer's \(wrong.name) is not a number that can be used", at: place,
      expected: "a finite single-precision number", found: "\(wrong.value)")
  }
}
