import Foundation
import PeakData
import PythonTesting
import Support

/// Peaks as lines of text that hold every bit: what NeatMS reads, and what is read here.
enum NeatMSPeaks {
  /// The peaks of each table as real NeatMS has them, in its order of export. Folders are listed by
  /// name for it, as they are here.
  static func list(
    _ tables: [(format: FeatureTableFormat, table: String, raw: String)]
  ) throws -> [[String]] {
    let arguments = tables.flatMap { [$0.format.rawValue, $0.table, $0.raw] }
    return split(try Python.run(.keras2, code: bits + listing, arguments))
  }

  /// The peaks of NeatMS's stored results.
  static func references(_ paths: [String]) throws -> [[String]] {
    split(try Python.run(.keras2, code: bits + stored, paths))
  }

  static func lines(_ table: FeatureTable) -> [String] {
    table.peaks.indices.map { index in
      let peak = table.peaks[index]
      func time(_ value: Double) -> Double { Self.time(value, table.format) }
      var values = [table.featureMz[index], time(table.featureRT[index]), peak.mz, time(peak.rt)]
      values += [time(peak.rtStart), time(peak.rtEnd), peak.mzMin, peak.mzMax]
      values += [peak.height, peak.area]
      if table.format == .xcms {
        let more = table.xcms[index]
        values += [more.areaBaselineCorrected, more.signalToNoise, more.rtAdjusted]
        values += [more.rtStartAdjusted, more.rtEndAdjusted]
      } else {
        values += [Double](repeating: .nan, count: 5)
      }
      return line(table.samples[peak.sample], peak.feature, values)
    }
  }

  /// NeatMS loses times of 0 in mzMine's tables.
  static func time(_ value: Double, _ format: FeatureTableFormat) -> Double {
    format == .mzmine && value == 0 ? .nan : value
  }

  static func line(_ sample: String, _ feature: Int?, _ values: [Double]) -> String {
    let words = values.map { $0.isNaN ? "nan" : String($0.bitPattern, radix: 16) }
    return ([sample] + (feature.map { [String($0)] } ?? []) + words).joined(separator: " ")
  }

  private static func split(_ printed: String) -> [[String]] {
    var lists: [[String]] = []
    for line in printed.split(separator: "\n") {
      if line == "table" {
        lists.append([])
      } else if !lists.isEmpty {
        lists[lists.count - 1].append(String(line))
      }
    }
    return lists
  }

  private static let bits = """
    import math, struct, sys
    def bits(x):
        if x is None or math.isnan(x): return "nan"
        return "%x" % struct.unpack("<Q", struct.pack("<d", float(x)))

    """

  private static let stored = """
    import numpy
    for path in sys.argv[1:]:
        print("table")
        with numpy.load(path, allow_pickle=True) as z:
            columns = [z[k] for k in ("mz", "RT", "rt_start", "rt_end", "mz_min", "mz_max",
                                      "height", "area")]
            for i, sample in enumerate(z["sample"]):
                print(sample, *(bits(c[i]) for c in columns))
    """

  private static let listing = """
    import pathlib
    import NeatMS
    listed = pathlib.Path.iterdir
    pathlib.Path.iterdir = lambda self: iter(sorted(listed(self)))
    for i in range(1, len(sys.argv), 3):
        kind, table, raw = sys.argv[i:i + 3]
        experiment = NeatMS.experiment.Experiment(raw, table, kind)
        print("table")
        collections = experiment.feature_tables[0].feature_collection_list
        for collection in collections:
            number = collection.id - collections[0].id
            for feature in collection.feature_list:
                for p in feature.peak_list:
                    print(feature.sample.file_name, number, *map(bits, (
                        feature.mz, feature.RT, p.mz, p.RT, p.rt_start, p.rt_end, p.mz_min,
                        p.mz_max, p.height, p.area, p.area_baseline_corrected, p.sn,
                        p.rt_adjusted, p.rt_start_adjusted, p.rt_end_adjusted)))
    """
}
