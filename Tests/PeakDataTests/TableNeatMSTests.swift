import Foundation
import PeakData
import PythonTesting
import Support
import TestTools
import Testing

/// The tables as real NeatMS 0.9 reads them: every peak in the same place, every double the same.
@Suite(.enabled(if: Python.isWanted, "\(Python.skipReason)"))
struct TableNeatMSTests {
  @Test(.enabled(if: sharedData != nil, "the real experiments are not here"))
  func realTablesAreReadAsNeatMSReadsThem() throws {
    let paths = try RealTables.all.map {
      (
        format: $0.format, table: try RealTables.path($0.name),
        raw: try RealTables.path($0.raw)
      )
    }
    let theirs = try NeatMSPeaks.list(paths)
    for (index, path) in paths.enumerated() {
      let table = try FeatureTable.read(path.table, format: path.format)
      #expect(table.peaks.count > 20, "\(path.table)")
      expectSame(NeatMSPeaks.lines(table), theirs[index], path.table)
    }
  }

  @Test(.enabled(if: sharedData != nil, "the real experiments are not here"))
  func realTablesHoldThePeaksOfTheReferences() throws {
    let references = try RealTables.all.map { try RealTables.path($0.reference) }
    let theirs = try NeatMSPeaks.references(references)
    for (index, real) in RealTables.all.enumerated() {
      let table = try FeatureTable.read(try RealTables.path(real.name), format: real.format)
      let ours = table.peaks.map { peak in
        NeatMSPeaks.line(
          table.samples[peak.sample], nil,
          [peak.mz, peak.rt, NeatMSPeaks.time(peak.rtStart, table.format), peak.rtEnd, peak.mzMin]
            + [peak.mzMax, peak.height, peak.area])
      }
      expectSame(ours.sorted(), theirs[index].sorted(), real.name)
    }
  }

  /// What the real tables do not have: numeric and missing ids, samples in another order, several
  /// peaks a sample, absent columns, numbers of any length.
  @Test func madeTablesAreReadAsNeatMSReadsThem() throws {
    let folder = try TableFolder()
    for name in ["a.mzML", "b.mzML", "C_1.mzML"] { try folder.write("raw/\(name)", "") }
    let raw = folder.folder.path("raw")
    let seed = UInt64(20)
    var tables: [(format: FeatureTableFormat, table: String, raw: String)] = []
    for kind in XCMSMaker.IDs.allCases {
      let text = XCMSMaker(seed: seed, ids: kind, rows: 3000).text
      tables.append((.xcms, try folder.write("xcms-\(kind).csv", text), raw))
    }
    for order in [["b", "a", "C_1"], ["a"]] {
      let text = mzMineText(seed: seed, samples: order.map { $0 + ".mzML" }, rows: 300)
      tables.append((.mzmine, try folder.write("mzmine-\(order.count).csv", text), raw))
    }
    let theirs = try NeatMSPeaks.list(tables)
    for (index, path) in tables.enumerated() {
      let table = try FeatureTable.read(path.table, format: path.format)
      expectSame(NeatMSPeaks.lines(table), theirs[index], path.table)
    }
  }

  private func expectSame(_ ours: [String], _ theirs: [String], _ name: String) {
    #expect(ours.count == theirs.count, "\(name): peaks")
    let different = zip(ours, theirs).enumerated().filter { $1.0 != $1.1 }
    let count = different.count
    #expect(count == 0, "\(name), the first: \(different.prefix(1))")
  }
}

/// A mzMine table with its properties in another order than mzMine's, empty cells, zeros and empty
/// rows.
private func mzMineText(seed: UInt64, samples: [String], rows: Int) -> String {
  var random = PhiloxSequence(seed: seed, stream: .simulation)
  let properties = [
    "Peak area", "Peak m/z", "Peak RT end", "Peak RT", "Peak m/z max", "Peak RT start",
    "Peak height", "Peak m/z min",
  ]
  let columns = samples.flatMap { sample in properties.map { "\(sample) \($0)" } }
  var text = "row m/z,row retention time," + columns.joined(separator: ",") + ",\n"
  for _ in 0..<rows {
    var cells = [randomNumber(&random), randomNumber(&random)]
    for _ in samples {
      let kind = random.index(below: 4)
      for _ in properties {
        let isEmpty = kind == 0 || kind == 1 && random.index(below: 2) == 0
        cells.append(
          isEmpty ? ["0", "", "0.0", "NA"][random.index(below: 4)] : randomNumber(&random))
      }
    }
    text += cells.joined(separator: ",") + ",\n"
  }
  return text
}

/// A decimal number, mostly of the usual lengths; never zero.
private func randomNumber(_ random: inout PhiloxSequence) -> String {
  let before = "\(1 + random.index(below: 9))" + random.digits(random.index(below: 5))
  switch random.index(below: 12) {
  case 0: return before
  case 1: return "0.0000" + before + random.digits(random.index(below: 18))
  case 2: return before + "." + random.digits(3) + "e-0\(random.index(below: 9))"
  case 3: return before + "E+\(random.index(below: 30))"
  case 4: return before + random.digits(10) + "." + random.digits(12)
  case 5: return "-" + before + "." + random.digits(13)
  case 6: return before + random.digits(12) + ".5"
  case 7: return "." + before + random.digits(4)
  default: return before + "." + random.digits(random.index(below: 18))
  }
}

/// XCMS tables with features in every order.
private struct XCMSMaker {
  enum IDs: CaseIterable { case none, text, numbers, allMissing }

  let text: String

  init(seed: UInt64, ids: IDs, rows: Int) {
    var random = PhiloxSequence(seed: seed, stream: .split)
    let names = ["b.mzML", "a.mzML", "C_1.mzML"]
    let numbers = [10, 9, 2]
    let measured = ["mz", "rt", "rtmin", "rtmax", "mzmin", "mzmax", "maxo", "into", "intb", "sn"]
    var header = measured + ["sample", "sample_name", "rtmin_adjusted"]
    if ids != .none { header.append("feature_id") }
    var text = header.map { "\"\($0)\"" }.joined(separator: ",") + "\r\n"
    for _ in 0..<rows {
      let sample = random.index(below: 3)
      var cells = measured.map { _ in
        random.index(below: 20) == 0 ? "NA" : randomNumber(&random)
      }
      cells += ["\(numbers[sample])", "\"\(names[sample])\"", randomNumber(&random)]
      let id = random.index(below: 400)
      switch ids {
      case .none: break
      case .text: cells.append(["\"FT\(id)\"", "\"ft\(id)\"", "NA"][random.index(below: 3)])
      case .numbers: cells.append(["\(id)", "-1", ""][random.index(below: 3)])
      case .allMissing: cells.append("NA")
      }
      text += cells.joined(separator: ",") + "\r\n"
    }
    self.text = text
  }
}
