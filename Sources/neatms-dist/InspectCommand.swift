import ArgumentParser
import Foundation
import PeakData
import Support

/// `neatms-dist inspect`: what the raw files hold.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Check raw files (mzML, plain or gzip) and show what they hold.",
    discussion: """
      Reads every file from its first to its last byte and prints a line of tab-separated values \
      for each: MS1 spectra, their points as NeatMS sees them (profile spectra as their peaks), the \
      sums of their m/z values and intensities, the first and last scan time in minutes, spectra of \
      other levels, and what is remarkable. A file that is damaged or cut short gets a line with \
      what was read before the break; the exit code is then 65 (74 where a file cannot be read).

      Examples:
        neatms-dist inspect raw/*.mzML
        neatms-dist inspect sample.mzML.gz > check.tsv
      """)

  @Argument(help: "The files.", completion: .file(extensions: ["mzML", "gz"]))
  var files: [String]

  @Flag(name: .shortAndLong, help: "Print nothing but the result and errors, as always.")
  var quiet = false

  func run() throws {
    try Console.printResult(FileInspection.header)
    var worst: Failure?
    for file in files {
      let inspection = FileInspection(reading: file)
      try Console.printResult(inspection.row)
      guard let failure = inspection.failure else { continue }
      Console(quiet: quiet).warn("neatms-dist: \(failure)")
      worst = worst.map { $0.code == .badData ? $0 : failure } ?? failure
    }
    // Every failure has been told.
    if let worst { throw ExitCode(worst.code.rawValue) }
  }
}

/// What one raw file holds.
struct FileInspection {
  static let header = [
    "file", "ms1_spectra", "points", "sum_mz", "sum_intensity", "first_minute", "last_minute",
    "other_spectra", "note",
  ].joined(separator: "\t")

  private let file: String
  private var spectra = 0
  private var points = 0
  private var mz = 0.0
  private var intensity = 0.0
  private var first: Double?
  private var last: Double?
  private var summary: RunSummary?
  private(set) var failure: Failure?

  init(reading file: String) {
    self.file = file
    do {
      summary = try MzMLReader(path: file).read { take($0) }
    } catch {
      failure = Failure(wrapping: error)
    }
  }

  private mutating func take(_ spectrum: MS1Spectrum) {
    spectra += 1
    points += spectrum.mz.count
    mz += spectrum.mz.reduce(0, +)
    intensity += spectrum.intensities.reduce(0, +)
    first = min(first ?? spectrum.time, spectrum.time)
    last = max(last ?? spectrum.time, spectrum.time)
  }

  var row: String {
    let count = summary?.ms1Spectra ?? spectra
    let cells = [
      file.map { $0.isNewline || $0 == "\t" ? "?" : String($0) }.joined(), "\(count)", "\(points)",
      "\(mz)", "\(intensity)", first.map { "\($0)" } ?? "", last.map { "\($0)" } ?? "",
      summary.map { "\($0.otherSpectra)" } ?? "", note,
    ]
    return cells.joined(separator: "\t")
  }

  private var note: String {
    if var failure {
      (failure.place, failure.hint) = (nil, nil)
      return failure.description
    }
    return summary?.remark ?? ""
  }
}
