import Foundation
import PeakData
import Support
import TestTools
import Testing

/// Damaged copies of real tables and labels: each is read, or refused with a failure that names the
/// file; nothing else happens.
@Suite(.enabled(if: sharedData != nil, "the real experiments are not here"))
struct TableFuzzTests {
  static let seed: UInt64 = 3
  static let mutations = 300

  @Test func damagedTablesAreReadOrRefused() throws {
    print("TableFuzzTests: seed \(Self.seed), \(Self.mutations) mutations a table")
    let folder = try TableFolder()
    for (number, name, format) in [
      (0, "mzmine/aligned_features.csv", FeatureTableFormat.mzmine),
      (1, "mzmine/peakonly_tables/PMA_QC_04.csv", .peakonly),
      (2, "squallms/aligned_feature_table.csv", .xcms), (3, "edge/mzmine_features.csv", .mzmine),
    ] {
      let original = try head(of: name)
      var outcomes = (read: 0, refused: 0)
      for mutation in 0..<Self.mutations {
        let bytes = TableDamage.apply(to: original, seed: Self.seed, number, mutation)
        let path = try folder.write("damaged.csv", bytes)
        do {
          let table = try FeatureTable.read(path, format: format)
          check(table, "\(name), mutation \(mutation)")
          outcomes.read += 1
        } catch let failure as Failure {
          #expect(failure.code == .badData, "\(name), mutation \(mutation): \(failure)")
          #expect(failure.place?.contains("damaged.csv") == true)
          outcomes.refused += 1
        }
      }
      // Neither outcome is the only one: the damage is neither ignored nor always fatal.
      #expect(outcomes.read > 20 && outcomes.refused > 20, "\(name): \(outcomes)")
    }
  }

  @Test func damagedLabelsAreJoinedOrRefused() throws {
    let folder = try TableFolder()
    let original = try head(of: "squallms/labels.csv")
    let table = try FeatureTable.read(
      try RealTables.path("squallms/aligned_feature_table.csv"), format: .xcms)
    var outcomes = (read: 0, refused: 0)
    for mutation in 0..<Self.mutations {
      let bytes = TableDamage.apply(to: original, seed: Self.seed, 9, mutation)
      let path = try folder.write("damaged.csv", bytes)
      do {
        let labels = try LabelTable.read(path)
        let join = try LabelJoin(labels, table, tolerance: LabelTolerance())
        let used = join.matched.count + join.repeated + join.problems.count
        #expect(used == labels.entries.count, "mutation \(mutation)")
        outcomes.read += 1
      } catch let failure as Failure {
        #expect(failure.code == .badData && failure.place?.contains("damaged.csv") == true)
        outcomes.refused += 1
      }
    }
    #expect(outcomes.read > 20 && outcomes.refused > 20, "\(outcomes)")
  }

  /// Whole `prepare` on damaged tables, in 1 GB of address space and ten seconds of processor time each.
  @Test func damagedTablesTakeLittleMemoryAndTime() throws {
    let folder = try TableFolder()
    let original = try head(of: "squallms/aligned_feature_table.csv")
    for mutation in 0..<60 {
      try folder.write(
        "d/\(mutation).csv", TableDamage.apply(to: original, seed: Self.seed, 5, mutation))
    }
    let (raw, labels) = (
      try RealTables.path("squallms/mzML"), try RealTables.path("squallms/labels.csv")
    )
    let result = try run(
      "/bin/bash",
      [
        "-c",
        "ulimit -v 1000000; ulimit -t 10; ulimit -c 0; for table in d/*.csv; do "
          + "'\(try builtProduct("neatms-dist"))' prepare --raw '\(raw)' --labels '\(labels)' "
          + "--format xcms --features $table --out $table.h5 --quiet >/dev/null 2>&1; echo $?; done",
      ], environment: MPIRun.environment, directory: folder.folder.path(""), timeout: 300)
    let codes = result.stdout.split(separator: "\n")
    #expect(codes.count == 60 && codes.allSatisfy { ["0", "65", "66"].contains($0) }, "\(codes)")
    #expect(codes.contains("0") && codes.contains("65"), "\(codes)")
  }

  /// The first rows: enough to damage, and quick to read.
  private func head(of name: String) throws -> [UInt8] {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: try RealTables.path(name))))
    guard let end = bytes.prefix(20_000).lastIndex(of: 0x0A) else { return bytes }
    return Array(bytes[...end])
  }

  private func check(_ table: FeatureTable, _ name: String) {
    let peaks = table.peaks
    #expect(peaks.allSatisfy { table.samples.indices.contains($0.sample) }, "\(name)")
    #expect(peaks.allSatisfy { table.features.indices.contains($0.feature) }, "\(name)")
    #expect(zip(peaks, peaks.dropFirst()).allSatisfy { $0.feature <= $1.feature }, "\(name)")
    #expect(table.featureMz.count == peaks.count && table.featureRT.count == peaks.count)
  }
}

/// One to three random edits: bytes replaced, removed or inserted, pieces repeated, the end cut off.
private enum TableDamage {
  static func apply(to original: [UInt8], seed: UInt64, _ table: Int, _ number: Int) -> [UInt8] {
    var random = PhiloxSequence(
      seed: seed, stream: .simulation, a: UInt32(table), b: UInt32(number))
    var bytes = original
    for _ in 0...random.index(below: 3) where bytes.count > 2 {
      edit(&bytes, &random)
    }
    return bytes
  }

  private static func edit(_ bytes: inout [UInt8], _ random: inout PhiloxSequence) {
    // Half of the edits are in the header and the first rows.
    let reach = random.index(below: 2) == 0 ? min(bytes.count, 600) : bytes.count
    let place = random.index(below: reach)
    let end = min(bytes.count, place + 1 + random.index(below: 40))
    let isDigit = (0x30...0x39).contains(bytes[place])
    switch random.index(below: 12) {
    case 0: bytes[place] = UInt8(random.index(below: 256))
    case 1: bytes[place] = Array(",\"\n\r.-e0 ".utf8)[random.index(below: 9)]
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: random.index(below: bytes.count))
    case 5: bytes.removeSubrange(max(place, 1)...)
    case 6: bytes.insert(contentsOf: Array("NA,\"\",1e400,-,NaN".utf8), at: place)
    case 7: bytes.insert(Array(",\"\n".utf8)[random.index(below: 3)], at: place)
    default: if isDigit { bytes[place] = UInt8(0x30 + random.index(below: 10)) }
    }
  }
}
