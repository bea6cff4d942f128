import Foundation
import KerasFile
import Support
import TestTools

/// `neatms-dist train` as a user starts it: alone, or under mpirun.
struct Train {
  /// Started without mpirun where nil.
  var ranks: Int?
  var arguments: [String]
  /// For the ranks of mpirun.
  var environment: [String: String] = [:]

  init(ranks: Int? = nil, _ arguments: String...) {
    self.ranks = ranks
    self.arguments = arguments
  }

  func start(in folder: TemporaryFolder) throws -> RunningProgram {
    let program = try builtProduct("neatms-dist")
    let all = ["train"] + arguments
    guard let ranks else { return try RunningProgram(program, all, directory: folder.path) }
    return try MPIRun.start(
      ranks: ranks, program, all, environment: environment, directory: folder.path)
  }

  func run(in folder: TemporaryFolder, timeout: Double = 300) throws -> RunResult {
    try start(in: folder).wait(timeout: timeout)
  }
}

/// A small `batches.h5` of simulated peaks.
func makeDemo(_ path: String, peaks: Int, seed: Int = 1, matrixSize: Int = 120) throws {
  let result = try run(
    builtProduct("neatms-dist"),
    [
      "demo", "--out", path, "--peaks", "\(peaks)", "--seed", "\(seed)", "--matrix-size",
      "\(matrixSize)",
    ])
  guard result.status == 0 else {
    throw Failure(.internalError, "the demo set could not be written", found: result.stderr)
  }
}

/// √Σ(a − b)².
func distance(_ a: [Float], _ b: [Float]) -> Double {
  zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
}

/// The lines of `history.csv` without the columns that are times.
func historyWithoutTimes(_ path: String) throws -> [String] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
    $0.split(separator: ",").prefix(8).joined(separator: ",")
  }
}
