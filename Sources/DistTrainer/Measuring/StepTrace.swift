import Foundation

/// When the parts of steps began and ended on one rank.
final class StepTrace {
  struct Span: Codable {
    var name: String
    /// Nanoseconds since the trace began.
    var begin: Int
    var end: Int
  }

  private let origin = DispatchTime.now().uptimeNanoseconds
  private(set) var spans: [Span] = []

  /// Nanoseconds since the trace began.
  var now: Int { Int(DispatchTime.now().uptimeNanoseconds - origin) }

  func add(_ name: String, from begin: Int, to end: Int) {
    spans.append(Span(name: name, begin: begin, end: end))
  }
}

/// The parts of a step, as traces name them.
enum StepPart {
  static let step = "step"
  static let gather = "gather the samples"
  static let toClassifier = "forward pass, the classifier's backward pass"
  static let convBackward = "the conv base's backward pass"
  static let classifierSum = "all-reduce of the classifier's gradients"
  static let convSum = "all-reduce of the conv base's gradients"
  static let classifierWait = "wait for the classifier's gradients"
  static let classifierBlocking = "the classifier's all-reduce with nothing beside it"
  static let update = "update of the weights"

  static let convForward = "the conv base's forward pass"
  static let featuresWait = "wait for the others' features"
  static let rowsForward = "products of the own rows"
  static let productsSum = "sum of the products"
  static let classifierRest = "the rest of the classifier, both passes"
  static let featuresBackward = "gradient of the features"
  static let rowsUpdate = "gradient and update of the own rows"
  static let rowsOfOthers = "gradient of others' rows"
  static let gradientWait = "wait for the features' gradient"
}

extension Optional where Wrapped == StepTrace {
  /// Notes how long `body` takes; does nothing else where there is no trace.
  func part<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
    guard let self else { return try body() }
    let begin = self.now
    defer { self.add(name, from: begin, to: self.now) }
    return try body()
  }
}
