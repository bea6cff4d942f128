import Foundation
import KerasFile
import Model
import Support
import TestTools

extension SimulatedExperiment {
  /// Writes `model.h5`, a network with random weights.
  ///
  /// - Parameter classes: nil for a file that does not name them, as Keras writes it.
  func writeModel(
    classes: [String]?, outputs: Int = 3, points: Int = 120, margin: Double? = nil,
    minScanNum: Int? = nil
  ) throws {
    let architecture = Architecture.neatMS(matrixSize: points, classCount: outputs)
    var random = PhiloxSequence(seed: 4, stream: .initialisation)
    let weights = (0..<ParameterLayout(architecture).count).map { _ in
      0.2 * (random.nextUniform() - 0.5)
    }
    let model = KerasModel(
      architecture: architecture, weights: weights, classes: classes, margin: margin,
      minScanNum: minScanNum)
    try KerasFile.write(model, to: folder.file("model.h5"))
  }

  /// `neatms-dist predict` in the folder; under mpirun where `ranks` is given.
  func predict(_ more: String..., ranks: Int? = nil) throws -> RunResult {
    let arguments =
      [
        "predict", "--model", "model.h5", "--raw", "raw", "--features", "features.csv",
        "--format", "xcms",
      ] + more
    let program = try builtProduct("neatms-dist")
    guard let ranks else { return try run(program, arguments, directory: folder.path) }
    return try runMPI(ranks: ranks, program, arguments, directory: folder.path)
  }

  func read(_ name: String) throws -> LabelledTable {
    try LabelledTable(folder.file(name))
  }
}

/// A table without quoted cells, as columns of text.
struct LabelledTable {
  let names: [String]
  private let columns: [String: [String]]
  let rowCount: Int

  init(_ path: String) throws {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let rows = lines.dropLast().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard lines.last == "", let header = rows.first,
      rows.allSatisfy({ $0.count == header.count })
    else {
      throw Failure(.badData, "is not a table of whole lines", at: path)
    }
    names = header
    rowCount = rows.count - 1
    var columns: [String: [String]] = [:]
    for (index, name) in header.enumerated() {
      columns[name] = rows.dropFirst().map { $0[index] }
    }
    self.columns = columns
  }

  subscript(_ name: String) -> [String] { columns[name] ?? [] }

  /// The numbers of a column; nil where a cell is empty.
  func numbers(_ name: String) -> [Double?] { self[name].map { Double($0) } }

  /// A row's probabilities in the order of the columns.
  func probabilities(_ row: Int) -> [(label: String, value: Double)] {
    names.filter { $0.hasPrefix("probability_") }.map {
      (String($0.dropFirst("probability_".count)), Double(self[$0][row]) ?? .nan)
    }
  }

  /// The label that NeatMS's rule gives a row's probabilities.
  func expectedLabel(_ row: Int, _ monitored: String?, _ threshold: Double) -> String {
    let all = probabilities(row)
    if let monitored, all.contains(where: { $0.label == monitored && $0.value >= threshold }) {
      return monitored
    }
    let largest = all.map(\.value).max() ?? .nan
    return all.first { $0.value == largest }?.label ?? ""
  }
}
