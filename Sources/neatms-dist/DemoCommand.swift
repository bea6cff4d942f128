import ArgumentParser
import Foundation
import PeakData
import Support

/// `neatms-dist demo`: the embedded demo set as a file.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Write the embedded demo set (simulated peaks) as a batches.h5.",
    discussion: """
      The peaks are the ones that train and neatms-evaluate use when there is no data; a file of \
      them can be looked at, or trained on with Keras.

      Examples:
        neatms-dist demo
        neatms-dist demo --out small.h5 --peaks 500 --matrix-size 60
      """)

  @Option(help: ArgumentHelp("The file to write.", valueName: "FILE"), completion: .file())
  var out = "batches.h5"

  @Option(help: ArgumentHelp("Peaks of the three sets together.", valueName: "N"))
  var peaks = 4000

  @Option(help: ArgumentHelp("Another seed, other peaks.", valueName: "S"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Points of a peak matrix.", valueName: "M"))
  var matrixSize = 120

  @Flag(help: "Replace the file if it exists.")
  var overwrite = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    let (fewest, most) = (10, DemoSet.allowedPeaks.upperBound)
    guard (fewest...most).contains(peaks) else {
      throw ValidationError("--peaks: expected \(fewest) … \(most), found \(peaks).")
    }
    let sizes = DemoSet.allowedMatrixSizes
    guard sizes.contains(matrixSize) else {
      throw ValidationError(
        "--matrix-size: expected \(sizes.lowerBound) … \(sizes.upperBound), found \(matrixSize).")
    }
  }

  func run() throws {
    if !overwrite && FileManager.default.fileExists(atPath: out) {
      throw Failure(
        .cannotCreate, "exists already", at: out,
        hint: "Give another name with --out, or --overwrite to replace it.")
    }
    let set = DemoSet(seed: seed, peaks: peaks, matrixSize: matrixSize)
    try BatchesWriter.write(set, to: out)
    let parts = Split.allCases.map { "\($0.rawValue) \(set.count($0))" }
    Console(quiet: quiet).say(
      "\(out): \(peaks) simulated peaks (\(parts.joined(separator: ", "))), seed \(seed)")
  }
}
