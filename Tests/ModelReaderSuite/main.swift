// Has damaged and hostile files read, for tests:
//
//     model-reader-suite fuzz COUNT SEED FILE…        damaged copies of the files, in turn
//     model-reader-suite misbehave WHAT FILE          a reader that does what a taken-over one could
//
// `fuzz` prints one JSON object with how many ended how; it ends with 1 when one of them ended in a
// way that a user must not see. `misbehave` prints the failure, and ends with its exit code.

import Foundation
import KerasFile
import Support

IsolatedReader.serveIfAsked([KerasFile.isolatedTask] + Misbehaviour.allCases.map(\.task))

do {
  let arguments = CommandLine.arguments
  if arguments.count == 4, arguments[1] == "misbehave" {
    let request = IsolatedRequest(arguments[2], path: arguments[3])
    let model: KerasModel = try IsolatedReader().read(request)
    print("read a model of \(model.weights.count) weights")
  } else if arguments.count > 4, arguments[1] == "fuzz", let count = Int(arguments[2]),
    let seed = UInt64(arguments[3])
  {
    let fuzz = Fuzz(seed: seed, files: try Fuzz.bases(Array(arguments[4...])))
    let tally = try fuzz.run(count: count)
    print(try tally.json)
    exit(tally.unacceptable.isEmpty ? 0 : 1)
  } else {
    throw Failure(.usage, "model-reader-suite fuzz COUNT SEED FILE… | misbehave WHAT FILE")
  }
} catch let failure as Failure {
  print(failure)
  exit(failure.code.rawValue)
}
