import Foundation

/// The commands of a document and what they printed, as a reader sees them: indented blocks in which
/// every line that starts with `$ ` is a command (a backslash at its end continues it), and the lines
/// after it are its output.
public struct Transcript {
  public struct Step {
    public var command: String
    public var output: [String]
  }

  public var steps: [Step] = []

  public init(markdown: String) {
    var isContinued = false
    for line in markdown.components(separatedBy: "\n") {
      guard line.hasPrefix("    ") else {
        isContinued = false
        isInBlock = isInBlock && line.isEmpty
        continue
      }
      let text = String(line.dropFirst(4))
      if isContinued {
        steps[steps.count - 1].command += "\n" + text
        isContinued = text.hasSuffix("\\")
      } else if text.hasPrefix("$ ") {
        steps.append(Step(command: String(text.dropFirst(2)), output: []))
        isContinued = text.hasSuffix("\\")
        isInBlock = true
      } else if isInBlock, !steps.isEmpty {
        steps[steps.count - 1].output.append(text)
      }
    }
  }

  private var isInBlock = false

  /// Why a printed line is not the documented one; nil where they agree. Words must be the same.
  /// Numbers may differ as far as rounding on another machine, and training after it, can move them:
  /// whole numbers by 3 or a tenth, fractions by 0.1; times and speeds are not compared, and of
  /// the epochs of a training the words only.
  /// - Parameter exactly: whole numbers must be the same, and fractions but for rounding.
  public static func difference(
    documented: String, printed: String, exactly: Bool = false
  ) -> String? {
    let (expected, found) = (tokens(documented), tokens(printed))
    guard expected.count == found.count else { return "\(expected.count) words, \(found.count)" }
    let isEpoch = expected.prefix(2).contains("epoch")
    for (index, pair) in zip(expected, found).enumerated() {
      // Which epoch it is must be right; "best epoch" may be another.
      if isEpoch, index < 4, expected[0] == "epoch", pair.0 != pair.1 {
        return "\(pair.0), \(pair.1)"
      }
      if isEpoch, Double(pair.0) != nil, Double(pair.1) != nil { continue }
      let next = index + 1 < expected.count ? expected[index + 1] : ""
      if let why = difference(pair.0, pair.1, before: next, exactly) { return why }
    }
    return nil
  }

  /// Why what was printed is not what is documented, where a line `…` stands for any lines; nil where
  /// they agree.
  public static func difference(
    documented: [String], printed: [String], exactly: Bool = false
  ) -> String? {
    var rest = printed[...]
    var skips = false
    for line in documented {
      if line == "…" {
        skips = true
        continue
      }
      if skips {
        guard
          let next = rest.firstIndex(where: {
            difference(documented: line, printed: $0, exactly: exactly) == nil
          })
        else { return "no line like: \(line)" }
        rest = rest[next...]
      }
      guard let found = rest.popFirst() else { return "not printed: \(line)" }
      if let why = difference(documented: line, printed: found, exactly: exactly) {
        return "shown:   \(line)\nprinted: \(found)\n(\(why))"
      }
      skips = false
    }
    return rest.isEmpty || skips ? nil : "not shown: \(rest[rest.startIndex])"
  }

  private static func difference(
    _ a: String, _ b: String, before next: String, _ exactly: Bool
  ) -> String? {
    guard let x = Double(a), let y = Double(b) else { return a == b ? nil : "\(a), \(b)" }
    if ["s", "ms", "MB", "samples"].contains(next) { return nil }
    if exactly {
      let isSame = a.contains(".") ? abs(x - y) <= 1e-9 * abs(x) : a == b
      return isSame ? nil : "\(a), \(b)"
    }
    let allowed = a.contains(".") ? 0.1 : max(3, abs(x) / 10)
    return abs(x - y) <= allowed ? nil : "\(a), \(b)"
  }

  /// Words, numbers and signs.
  private static func tokens(_ line: String) -> [String] {
    var tokens: [String] = []
    var word = ""
    for character in line {
      if character.isLetter || character.isNumber || "._".contains(character) {
        word.append(character)
      } else {
        if !word.isEmpty { tokens.append(word) }
        word = ""
        // Columns are as wide as their numbers.
        if !character.isWhitespace && character != "-" { tokens.append(String(character)) }
      }
    }
    if !word.isEmpty { tokens.append(word) }
    return tokens
  }
}
