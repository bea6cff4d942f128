// Has damaged and hostile files read, for tests:
//
//     model-reader-suite fuzz COUNT SEED FILE…        damaged copies of the files, in turn
//     model-reader-suite batches COUNT SEED FILE      damaged copies of a batches.h5
//     model-reader-suite cost COUNT FILE              what a child costs: one good file, many times
//     model-reader-suite interrupt SIGNAL FILE        a reader that is sent a signal at its very start
//     model-reader-suite misbehave WHAT FILE          a reader that does what a taken-over one could
//
// `fuzz` and `batches` print one JSON object with how many ended how; they end with 1 when one of them
// ended in a way that a user must not see. `misbehave` prints the failure, and ends with its exit code.

import Foundation
import Isolation
import KerasFile
import PeakData
import Support

/// Medians in milliseconds: in this process, in a child of a reader that is there, in a new reader.
func printCost(count: Int, path: String) throws {
  func milliseconds(_ body: () throws -> Void) throws -> Double {
    let times = try (0..<count).map { _ in try ContinuousClock().measure(body) / .milliseconds(1) }
    return times.sorted()[count / 2]
  }
  let request = IsolatedRequest("model", path: path)
  let reader = try IsolatedReader()
  var processor: [Double] = []
  let here = try milliseconds { _ = try KerasFile.read(path) }
  let child = try milliseconds {
    let _: KerasModel = try reader.read(request)
    processor.append(1000 * reader.processorSeconds)
  }
  let anew = try milliseconds { _ = try KerasFile.readIsolated(path) }
  print(
    "in this process \(here) ms, in a child \(child) ms (processor \(processor.sorted()[count / 2])),"
      + " in a new reader \(anew) ms")
}

/// As Ctrl-C does it, and mpirun: this process and its reader are sent the same signal.
func readInterrupted(_ number: Int32, path: String) throws -> KerasModel {
  setpgid(0, 0)
  signal(number, SIG_IGN)
  let reader = try IsolatedReader()
  kill(0, number)
  return try reader.read(IsolatedRequest("model", path: path))
}

IsolatedReader.serveIfAsked(
  [KerasFile.isolatedTask, BatchesFile.isolatedTask] + Misbehaviour.allCases.map(\.task))

do {
  let arguments = CommandLine.arguments
  if arguments.count == 4, arguments[1] == "misbehave" {
    let request = IsolatedRequest(arguments[2], path: arguments[3])
    let model: KerasModel = try IsolatedReader().read(request)
    print("read a model of \(model.weights.count) weights")
  } else if arguments.count == 4, arguments[1] == "interrupt", let number = Int32(arguments[2]) {
    let model = try readInterrupted(number, path: arguments[3])
    print("read a model of \(model.weights.count) weights")
  } else if arguments.count > 4, arguments[1] == "fuzz", let count = Int(arguments[2]),
    let seed = UInt64(arguments[3])
  {
    let fuzz = Fuzz(seed: seed, files: try Fuzz.bases(Array(arguments[4...])))
    let tally = try fuzz.run(count: count)
    print(try tally.json)
    exit(tally.unacceptable.isEmpty ? 0 : 1)
  } else if arguments.count == 5, arguments[1] == "batches", let count = Int(arguments[2]),
    let seed = UInt64(arguments[3])
  {
    let fuzz = BatchesFuzz(
      seed: seed, bytes: Array(try Data(contentsOf: URL(filePath: arguments[4]))))
    let tally = try fuzz.run(count: count)
    print(try tally.json)
    exit(tally.unacceptable.isEmpty ? 0 : 1)
  } else if arguments.count == 4, arguments[1] == "cost", let count = Int(arguments[2]) {
    try printCost(count: count, path: arguments[3])
  } else {
    throw Failure(
      .usage, "model-reader-suite fuzz COUNT SEED FILE… | batches COUNT SEED FILE | misbehave …")
  }
} catch let failure as Failure {
  print(failure)
  exit(failure.code.rawValue)
}
