import Support

/// Keras's `class_weight`: a factor on the loss of each class's samples.
enum ClassWeights {
  /// - Parameter text: nil for none; `balanced` for N / (classes · N of the class), scikit-learn's
  ///   `compute_class_weight("balanced")`; or `NAME=W,…`, where classes not named weigh 1.
  /// - Throws: `Failure(.usage)` for unknown classes or numbers that are not positive.
  static func parse(
    _ text: String?, classes: [String], labels: UnsafePointer<Int32>, count: Int
  ) throws -> [Float]? {
    guard let text else { return nil }
    if text == "balanced" {
      var counts = [Int](repeating: 0, count: classes.count)
      for index in 0..<count { counts[Int(labels[index])] += 1 }
      return counts.map { $0 == 0 ? 1 : Float(count) / Float(classes.count * $0) }
    }
    guard !text.isEmpty else {
      throw Failure(
        .usage, "--class-weight", expected: "balanced or NAME=WEIGHT,…", found: "nothing")
    }
    var weights = [Float](repeating: 1, count: classes.count)
    for item in text.split(separator: ",") {
      guard let equals = item.lastIndex(of: "="),
        let weight = Float(item[item.index(after: equals)...]), weight > 0, weight.isFinite
      else {
        throw Failure(
          .usage, "--class-weight", expected: "balanced or NAME=WEIGHT,…", found: String(item))
      }
      let name = String(item[..<equals])
      guard let place = classes.firstIndex(of: name) else {
        throw Failure(
          .usage, "--class-weight names a class that the data does not have",
          expected: classes.joined(separator: ", "), found: name)
      }
      weights[place] = weight
    }
    return weights
  }
}
