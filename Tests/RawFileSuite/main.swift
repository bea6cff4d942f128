// Reads raw files over the ranks of mpirun, for tests:
//
//     mpirun -n 3 raw-file-suite [--skip-bad-files] [--quiet] [--fail-closure NAME] WINDOWS FILE…
//
// WINDOWS holds four doubles a peak (rt_start, rt_end, mz_min, mz_max); every file is asked for one
// peak fewer than the one before. Rank 0 prints a line a task: its number and the fingerprint of
// what came back, or "skipped" with the reason.

import Collectives
import Experiments
import Foundation
import PeakData
import Support

struct Options {
  var isSkipping = false
  var isQuiet = false
  var failing: String?
  var windows: [PeakWindow] = []
  var files: [String] = []

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let option = rest.first, option.hasPrefix("--") {
      rest = rest.dropFirst()
      switch option {
      case "--skip-bad-files": isSkipping = true
      case "--quiet": isQuiet = true
      default: failing = rest.popFirst()
      }
    }
    guard let path = rest.popFirst() else { throw Failure(.usage, "no windows") }
    let data = try Data(contentsOf: URL(filePath: path))
    let numbers = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    windows = stride(from: 0, to: numbers.count, by: 4).map {
      PeakWindow(
        rtStart: numbers[$0], rtEnd: numbers[$0 + 1], mzMin: numbers[$0 + 2],
        mzMax: numbers[$0 + 3])
    }
    files = Array(rest)
  }

  var tasks: [RawFileTask] {
    files.enumerated().map { index, path in
      RawFileTask(sample: "sample \(index)", path: path, windows: windows.dropLast(index))
    }
  }
}

func run(_ world: any Communicator) throws {
  let options = try world.agree { try Options(Array(CommandLine.arguments.dropFirst())) }
  let console = Console(quiet: options.isQuiet)
  let pass = RawFilePass(world: world, console: console, skipBadFiles: options.isSkipping)
  var lines: [Int: String] = [:]
  let skipped = try pass.run(
    world.rank == 0 ? options.tasks : [], rule: PeakMatrixRule(matrixSize: 16),
    work: { extraction, poll in
      try poll()
      if options.failing == "work" { throw Failure(.internalError, "work failed") }
      return extraction.encoded()
    },
    collect: { task, bytes in
      if options.failing == "collect" { throw Failure(.inputOutput, "collect failed") }
      let again = try SampleExtraction(decoding: bytes)
      let isSame = again.encoded()[...] == bytes
      var fingerprint = Fingerprint()
      bytes.withUnsafeBytes { fingerprint.add($0) }
      lines[task] = isSame ? "\(fingerprint.value)" : "decodes to something else"
    })
  for file in skipped { lines[file.task] = "skipped \(file.failure.what)" }
  for (task, line) in lines.sorted(by: { $0.key < $1.key }) { print("task \(task): \(line)") }
}

MPIEnvironment.withWorld { world in try run(world) }
