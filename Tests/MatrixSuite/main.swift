// Predicts with models of any format, for scripts/keras-matrix.sh:
//
//     matrix-suite PEAKS MODEL OUT [MODEL OUT]…
//
// PEAKS holds the peak matrices as 32-bit floats, OUT gets the probabilities. A line a model names it
// and says, after a tab, "read" or why it cannot be read.

import Foundation
import KerasFile
import Model
import Support

func predict(_ path: String, _ peaks: [Float], into out: String) throws {
  let model = try KerasFile.read(path)
  let architecture = model.architecture
  let net = try PeakNet(architecture: architecture, maxBatch: 32)
  _ = net.weights.all.update(fromContentsOf: model.weights)
  let count = peaks.count / architecture.input.count
  guard count * architecture.input.count == peaks.count else {
    throw Failure(.badData, "the peaks do not fit a matrix size of \(architecture.matrixSize)")
  }
  var probabilities = [Float](repeating: 0, count: count * architecture.classCount)
  net.predict(peaks, count: count, into: &probabilities)
  try probabilities.withUnsafeBytes { try Data($0).write(to: URL(filePath: out)) }
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard let first = arguments.first, arguments.count % 2 == 1 else {
  FileHandle.standardError.write(Data("usage: matrix-suite PEAKS MODEL OUT …\n".utf8))
  exit(Failure.Code.usage.rawValue)
}
let data = try Data(contentsOf: URL(filePath: first))
let peaks = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
for index in stride(from: 1, to: arguments.count, by: 2) {
  let outcome: String
  do {
    try predict(arguments[index], peaks, into: arguments[index + 1])
    outcome = "read"
  } catch {
    outcome = "\(error)".replacingOccurrences(of: "\n", with: " ")
  }
  print("\(arguments[index])\t\(outcome)")
}
