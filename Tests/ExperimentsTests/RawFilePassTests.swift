import Experiments
import Foundation
import PeakData
import Support
import TestTools
import Testing

/// Raw files over the ranks of mpirun (`raw-file-suite`): what comes back is what reading each file
/// alone gives, on any number of ranks.
@Suite("Raw files over ranks", .serialized) struct RawFilePassTests {
  private let folder: TemporaryFolder
  /// Of uneven size; each is asked for one peak fewer than the one before.
  private let files: [String]
  private let windows: [PeakWindow]

  init() throws {
    let folder = try TemporaryFolder()
    files = try [12, 40, 25].enumerated().map { index, scans in
      let path = folder.file("run \(index).mzML")
      try MiniMzML.write(Self.spectra(scans, index), to: path)
      return path
    }
    windows = (0..<30).map { index in
      let (start, low) = (Double(index % 7) * 0.3, 99.9 + Double(index % 10))
      return PeakWindow(rtStart: start, rtEnd: start + 1, mzMin: low, mzMax: low + 0.6)
    }
    let numbers = windows.flatMap { [$0.rtStart, $0.rtEnd, $0.mzMin, $0.mzMax] }
    try numbers.withUnsafeBytes { Data($0) }.write(to: URL(filePath: folder.file("windows")))
    self.folder = folder
  }

  private static func spectra(_ scans: Int, _ seed: Int) -> [MiniMzML.Spectrum] {
    (0..<scans).map { scan in
      MiniMzML.Spectrum(
        Double(scan) * 0.1,
        (0..<20).map { point in
          (mz: 100 + Double(point) * 0.5, intensity: Double((scan * 7 + point * 13 + seed) % 101))
        })
    }
  }

  /// Cut in the middle of a spectrum: damaged, and the largest of all.
  private func badFile() throws -> String {
    let text = MiniMzML.text(Self.spectra(60, 9))
    let path = folder.file("cut.mzML")
    try text.prefix(text.count * 4 / 5).write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func expected() throws -> [String] {
    try files.enumerated().map { index, path in
      let extraction = try extractPeaks(
        from: path, windows: windows.dropLast(index), rule: PeakMatrixRule(matrixSize: 16))
      #expect(extraction.outcomes.count(where: \.isValid) > 10)
      var fingerprint = Fingerprint()
      extraction.encoded().withUnsafeBytes { fingerprint.add($0) }
      return "task \(index): \(fingerprint.value)\n"
    }
  }

  private func runSuite(
    ranks: Int, _ options: [String] = [], _ files: [String]
  ) throws -> RunResult {
    let program = try builtProduct("raw-file-suite")
    let arguments = options + [folder.file("windows")] + files
    // `-q` keeps mpirun from adding its own report where a job fails.
    return ranks == 0
      ? try run(program, arguments)
      : try run(
        MPIRun.mpirun(), ["-q", "-n", "\(ranks)", program] + arguments,
        environment: MPIRun.environment)
  }

  /// 0: without MPI. 5: more ranks than files.
  @Test(arguments: [0, 1, 2, 3, 5])
  func sameOnAnyNumberOfRanks(_ ranks: Int) throws {
    let result = try runSuite(ranks: ranks, [], files)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout == (try expected().joined()))
    let lines = result.stderr.split(separator: "\n").map(String.init)
    #expect(lines.count == 4, "\(result.stderr)")
    for (index, peaks) in [30, 29, 28].enumerated() {
      let pattern = try Regex("\\[[123]/3\\] run \(index)\\.mzML: \(peaks) peaks, \\d+\\.\\d s")
      #expect(lines.count { $0.wholeMatch(of: pattern) != nil } == 1, "\(result.stderr)")
    }
    let total = try Regex("3 of 3 raw files read: 87 peaks, \\d+\\.\\d s")
    #expect(lines.last?.wholeMatch(of: total) != nil)
    if ranks <= 1 {
      // Largest first.
      let order = [1, 2, 0].enumerated().map { "[\($0 + 1)/3] run \($1).mzML" }
      #expect(zip(lines, order).allSatisfy { $0.hasPrefix($1) }, "\(result.stderr)")
    }
  }

  @Test(arguments: [0, 1, 2, 3])
  func badFileAmongGoodOnes(_ ranks: Int) throws {
    let bad = try badFile()
    let all = [files[0], bad, files[1], folder.file("none.mzML")]
    let result = try runSuite(ranks: ranks, ["--skip-bad-files", "--quiet"], all)
    #expect(result.status == 0, "\(result.stderr)")
    let lines = result.stdout.split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines.first.map { $0 + "\n" } == (try expected()[0]))
    #expect(lines[1].hasPrefix("task 1: skipped ") && lines[3].hasPrefix("task 3: skipped "))
    for path in [bad, folder.file("none.mzML")] {
      let name = URL(filePath: path).lastPathComponent
      #expect(result.stderr.contains("Warning: \(name) is left out.\n\(path)"), "\(result.stderr)")
    }
    #expect(result.stderr.components(separatedBy: "Warning").count == 3)
  }

  /// The same message whichever rank met the file, but for that rank.
  @Test(arguments: [0, 1, 2, 3])
  func badFileEndsTheJob(_ ranks: Int) throws {
    let bad = try badFile()
    let result = try runSuite(ranks: ranks, ["--quiet"], files + [bad])
    var expected: Failure?
    do {
      _ = try extractPeaks(from: bad, windows: windows, rule: PeakMatrixRule())
    } catch { expected = Failure(wrapping: error) }
    let failure = try #require(expected)
    #expect(failure.code == .badData)
    #expect(result.status == failure.code.rawValue)
    let named = try Regex("^raw-file-suite: rank [1-3], ")
    #expect(
      result.stderr.replacing(named, with: "raw-file-suite: ") == "raw-file-suite: \(failure)\n")
    #expect(result.stdout == "")
  }

  /// What is not the file's fault is never skipped.
  @Test(arguments: [1, 2], ["work", "collect"])
  func otherFailures(_ ranks: Int, _ closure: String) throws {
    let result = try runSuite(
      ranks: ranks, ["--skip-bad-files", "--quiet", "--fail-closure", closure], files)
    #expect(result.status == (closure == "work" ? 70 : 74))
    #expect(result.stderr.contains("\(closure) failed"))
    #expect(result.stderr.components(separatedBy: "raw-file-suite").count == 2)
    #expect(result.stdout == "")
  }

  @Test func noFiles() throws {
    let result = try runSuite(ranks: 2, [], [])
    #expect(result.status == 0 && result.stdout == "" && result.stderr == "")
  }
}

@Suite("Extractions as bytes") struct SampleExtractionBytesTests {
  private func extraction() -> SampleExtraction {
    var run = RunSummary()
    (run.ms1Spectra, run.otherSpectra, run.chromatograms) = (12, 3, 1)
    (run.announcedSpectra, run.times) = (16, 0.5...9.25)
    (run.profilesWithoutPeaks, run.misnamedProfiles) = (2, 4)
    let faults = PeakMatrixFault.allCases.enumerated().map { index, fault in
      PeakMatrixOutcome.invalid(fault, scans: index % 2 == 0 ? nil : index)
    }
    return SampleExtraction(
      outcomes: [.valid(scans: 70_000)] + faults, matrices: [0, 0.25, .nan, 1], run: run)
  }

  @Test func comeBack() throws {
    let before = extraction()
    let after = try SampleExtraction(decoding: before.encoded())
    #expect(after.outcomes == before.outcomes)
    #expect(after.matrices.map(\.bitPattern) == before.matrices.map(\.bitPattern))
    #expect(after.run == before.run)
    // None of them at its default: a field that is new and not passed on is missed here.
    #expect(Mirror(reflecting: before.run).children.count == 7)
    let empty = SampleExtraction(outcomes: [], matrices: [], run: RunSummary())
    #expect(try SampleExtraction(decoding: empty.encoded()).run == RunSummary())
  }

  @Test func cutShort() {
    let bytes = extraction().encoded()
    for count in 0..<bytes.count {
      #expect(throws: Failure.self, "\(count) of \(bytes.count) bytes") {
        try SampleExtraction(decoding: Array(bytes.prefix(count)))
      }
    }
  }
}
