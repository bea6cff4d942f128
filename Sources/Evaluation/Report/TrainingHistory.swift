import Foundation

/// The columns of a `history.csv`: Keras's CSVLogger's, or ours.
public struct TrainingHistory: Sendable, Equatable {
  public var epochs: [Double]
  /// Every other column of numbers, one value an epoch; NaN where a cell is no number.
  public var columns: [String: [Double]]

  /// Reads comma-separated values with a header that has a column `epoch`.
  /// - Returns: nil for any other text.
  public init?(csv: String) {
    let lines = csv.split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    guard let header = lines.first, let key = header.firstIndex(of: "epoch") else { return nil }
    let rows = lines.dropFirst().filter { $0.count == header.count && Double($0[key]) != nil }
    epochs = rows.compactMap { Double($0[key]) }
    columns = [:]
    for (index, name) in header.enumerated() where index != key {
      columns[name] = rows.map { Double($0[index]) ?? .nan }
    }
  }

  /// The history beside a model: `history.csv` in its folder. Nil where there is none that can be
  /// read.
  public init?(besideModel path: String) {
    let file = URL(filePath: path).deletingLastPathComponent().appending(path: "history.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    self.init(csv: text)
  }
}
