/// Names of samples and of raw files, which differ in their suffix at most.
public enum SampleName {
  private static let suffixes = [
    ".mzml.gz", ".mzml", ".mzxml", ".mzdata", ".raw", ".wiff", ".cdf", ".d",
  ]

  /// The name without the suffix of a raw file, in any case; other points belong to the name.
  public static func stem(_ name: String) -> String {
    let lower = name.lowercased()
    for suffix in suffixes where lower.hasSuffix(suffix) && lower.utf8.count > suffix.utf8.count {
      return String(name.dropLast(suffix.count))
    }
    return name
  }
}

/// Finds a name among others: the same name, else the only one with the same stem.
struct SampleNames {
  enum Match: Equatable {
    case found(Int)
    case none
    case several([Int])
  }

  private let exact: [String: [Int]]
  private let stems: [String: [Int]]

  init(_ names: [String]) {
    exact = Dictionary(grouping: names.indices, by: { names[$0] })
    stems = Dictionary(grouping: names.indices, by: { SampleName.stem(names[$0]) })
  }

  func match(_ name: String) -> Match {
    let matches = exact[name] ?? stems[SampleName.stem(name)] ?? []
    switch matches.count {
    case 0: return .none
    case 1: return .found(matches[0])
    default: return .several(matches)
    }
  }
}
