import Foundation
import PeakData
import Support
import TestTools
import Testing

private typealias T = MzMLText

/// Damaged files: read or refused, never a crash, a hang or unbounded memory.
@Suite("Damaged mzML", .serialized)
struct MzMLFuzzTests {
  static let rounds = 10
  static let filesPerRound = 150
  /// A child's address space in kilobytes, and its seconds of processor time.
  static let limits = "ulimit -v 3000000; ulimit -t 30; ulimit -c 0"

  /// Small files to damage: written here, and real ones where there are any.
  static func originals() throws -> [[UInt8]] {
    let numpress = try MzMLNumpressTests.Case.all().suffix(4)
    let spectra = numpress.enumerated().map { index, item -> String in
      let mz = T.base64([Double](repeating: 1, count: item.values.count))
      let term = MzMLNumpressTests.terms[item.method] ?? 0
      let deflated = index % 2 == 1
      let data = deflated ? Data(T.stored(Array(item.encoded))) : item.encoded
      let params = T.intensity + T.double + T.param(term + (deflated ? 434 : 0))
      return T.spectrum(
        id: "scan=\(index)", count: "\(item.values.count)", params: T.level1 + T.profile,
        arrays: T.array(T.mz + T.double + T.plain, text: mz)
          + T.array(params, text: data.base64EncodedString()))
    }
    var files = [
      Array(T.document(spectra.joined()).utf8),
      Array(T.document((0..<5).map { T.spectrum(id: "scan=\($0)") }.joined()).utf8),
    ]
    for name in [
      "jmzml_MzMLFile_7_compressed.mzML", "jmzml_tiny.pwiz.err.idx.mzML",
      "pymzml_mini_numpress.chrom.mzML", "rams_uv_test_mini.mzML.gz",
      "openms_FileFilter_28_input.mzML.gz",
    ] {
      guard let file = sharedData?.appending(path: "mzml/\(name)") else { continue }
      files.append(Array(try Data(contentsOf: file)))
    }
    return files
  }

  /// Damages one of the files one to four times.
  static func damaged(_ originals: [[UInt8]], seed: UInt64) -> [UInt8] {
    var draws = MutationDraws(seed: seed)
    var bytes = originals.randomElement(using: &draws) ?? []
    for _ in 0..<Int.random(in: 1...4, using: &draws) {
      Mutation.allCases.randomElement(using: &draws)?.apply(&bytes, &draws)
    }
    return bytes
  }

  @Test("Every damaged file is read or refused", arguments: 0..<rounds)
  func survives(_ round: Int) throws {
    let originals = try Self.originals()
    let folder = try TestTools.TemporaryFolder()
    let seeds = (0..<Self.filesPerRound).map { UInt64(round * Self.filesPerRound + $0) }
    let files = try seeds.map { seed in
      let path = folder.file("seed-\(seed).mzML")
      try Data(Self.damaged(originals, seed: seed)).write(to: URL(filePath: path))
      return path
    }
    let command = "\(Self.limits); exec \"$@\""
    let tool = try builtProduct("neatms-dist")
    let result = try run(
      "/bin/bash", ["-c", command, "bash", tool, "inspect", "--quiet"] + files, timeout: 60)
    let rows = result.stdout.split(whereSeparator: \.isNewline).dropFirst()
    let next = rows.count < seeds.count ? "; stopped at seed \(seeds[rows.count])" : ""
    print(
      "damaged mzML: seeds \(seeds[0])…\(seeds[seeds.count - 1]), exit code \(result.status)\(next)"
    )
    #expect([0, 65, 74].contains(result.status), "\(next) \(result.stderr.suffix(500))")
    #expect(rows.count == seeds.count)
  }

  /// Large enough that texts' memory goes back early and libxml2 is made to pause.
  @Test("Damaged spectra of many points are read or refused") func large() throws {
    let count = 500_000
    let arrays = [T.mz, T.intensity].map {
      T.array($0 + T.double + T.plain, text: T.base64((0..<count).map { 50 + Double($0) }))
    }
    let spectra = (0..<2).map {
      T.spectrum(id: "scan=\($0)", count: "\(count)", arrays: arrays.joined())
        + "<spectrum/><!-- -->" + T.spectrum(id: "small=\($0)")
    }
    let whole = Array(T.document(spectra.joined()).utf8)
    let tags = whole.indices.filter { whole[$0] == UInt8(ascii: "<") }
    let folder = try TestTools.TemporaryFolder()
    let path = folder.file("large.mzML")
    var statuses: Set<Int32> = []
    for seed in UInt64(0)..<30 {
      var draws = MutationDraws(seed: seed)
      var bytes = whole
      // Text is nearly all there is: damage is done to tags.
      let tag = tags.randomElement(using: &draws) ?? 0
      var piece = Array(bytes[tag..<min(tag + 200, bytes.count)])
      Mutation.allCases.randomElement(using: &draws)?.apply(&piece, &draws)
      bytes.replaceSubrange(tag..<min(tag + 200, bytes.count), with: piece)
      try Data(bytes).write(to: URL(filePath: path))
      let result = try run(
        "/bin/bash",
        [
          "-c", "\(Self.limits); exec \"$@\"", "bash", builtProduct("neatms-dist"), "inspect",
          "--quiet", path,
        ], timeout: 60)
      #expect([0, 65].contains(result.status), "seed \(seed): \(result.stderr.suffix(300))")
      statuses.insert(result.status)
    }
    print("damaged mzML of \(whole.count / 1_000_000) MB: seeds 0…29")
    #expect(statuses == [0, 65])
  }

  @Test("The damage is of every outcome: some files are still read, most are refused")
  func outcomes() throws {
    let originals = try Self.originals()
    let outcomes = try (0..<150).map { seed in
      try ReadFile(bytes: Self.damaged(originals, seed: UInt64(seed))).failure?.what ?? "read"
    }
    let kinds = Set(outcomes)
    #expect(kinds.contains("read"))
    #expect(kinds.contains("is cut short"))
    #expect(kinds.count > 8, "\(kinds)")
  }
}
