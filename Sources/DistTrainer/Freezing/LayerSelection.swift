import Model
import Support

/// Which layers `--freeze` or `--train-only` names: layer names, positions as in the `model.layers`
/// of Keras's functional models (the input is 0; `3`, `0..<4`, `2...5`), `conv-base` (every layer up
/// to and with Flatten) and `classifier` (every layer after it), separated by commas; or `none` or `all` alone.
/// A layer that has one of these words for its name goes first.
public struct LayerSelection: Sendable, Equatable {
  /// Names, the input's among them where it was named: it has nothing to train.
  public let names: Set<String>

  /// - Parameters:
  ///   - text: the list, as typed.
  ///   - option: `--freeze` or `--train-only`, for the message.
  ///   - architecture: whose layers are meant.
  /// - Throws: `Failure(.usage)` that lists what could be named.
  public init(_ text: String, option: String, of architecture: Architecture) throws {
    let known = Known(architecture, option: option)
    let items = text.split(separator: ",", omittingEmptySubsequences: false).map {
      String($0).trimmingSpaces
    }
    if items.count == 1, let all = known.whole(items[0]) {
      names = all
      return
    }
    names = try items.reduce(into: []) { try $0.formUnion(known.names($1)) }
  }
}

/// The layers of a network by everything that they can be called.
private struct Known {
  /// The input's name, then the layers'.
  let layers: [String]
  let base: Set<String>
  let option: String

  init(_ architecture: Architecture, option: String) {
    self.option = option
    layers = [architecture.inputName] + architecture.layers.map(\.name)
    let flatten = architecture.layers.firstIndex { $0.kind == .flatten }
    base = Set(layers[...(flatten.map { $0 + 1 } ?? 0)])
  }

  func whole(_ word: String) -> Set<String>? {
    guard !layers.contains(word) else { return nil }
    switch word {
    case "none": return []
    case "all": return Set(layers)
    default: return nil
    }
  }

  func names(_ item: String) throws -> Set<String> {
    if layers.contains(item) { return [item] }
    switch item {
    case "conv-base": return base
    case "classifier": return Set(layers).subtracting(base)
    default: break
    }
    guard let positions = Self.positions(item) else { throw unknown(item) }
    guard positions.lowerBound >= 0, positions.upperBound <= layers.count, !positions.isEmpty else {
      throw unknown(item, positions.isEmpty ? "names no layer" : "goes beyond the layers")
    }
    return Set(layers[positions])
  }

  /// `3`, `0..<4` or `2...5`; nil for anything else.
  private static func positions(_ item: String) -> Range<Int>? {
    if let one = Int(item), one < .max { return one..<(one + 1) }
    for (sign, beyond) in [("..<", 0), ("...", 1)] {
      let parts = item.components(around: sign)
      guard let parts, let first = Int(parts.0.trimmingSpaces),
        let last = Int(parts.1.trimmingSpaces), last < .max
      else { continue }
      return first..<max(first, last + beyond)
    }
    return nil
  }

  private func unknown(_ item: String, _ why: String = "names no layer of the model") -> Failure {
    let numbered = layers.enumerated().map { "\($1) (\($0))" }.joined(separator: ", ")
    return Failure(
      .usage, "\(option) \(why)", expected: "\(numbered), conv-base or classifier",
      found: item.isEmpty ? "nothing" : item,
      hint: "Names and positions go together: conv2d_1,3 or 0..<4; none or all stand alone.")
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// What is before and after the first `separator`; nil where there is none.
  fileprivate func components(around separator: String) -> (String, String)? {
    guard let place = firstRange(of: separator) else { return nil }
    return (String(self[..<place.lowerBound]), String(self[place.upperBound...]))
  }
}
