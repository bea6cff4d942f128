import Foundation
import PeakData
import Support

/// The table that `predict` writes: the columns of NeatMS's `export_csv`, then the feature table's own
/// ids and row, and the probability of every class.
///
/// Source: NeatMS 0.9, `Experiment.export_csv` with all `export_properties` (`experiment.py`) and
/// `FeatureCollection.export_data` (`feature.py`): valid peaks only, in the order of the feature
/// collections; pandas writes the running number in a first column without a name.
struct PredictionTable {
  let experiment: Experiment
  let classes: [String]
  let rule: PredictionRule
  let results: PredictionResults
  private let isXCMS: Bool
  private let hasIDs: Bool
  /// By sample: NeatMS's name of it.
  private let samples: [String]

  init(
    experiment: Experiment, classes: [String], rule: PredictionRule, results: PredictionResults
  ) {
    self.experiment = experiment
    self.classes = classes
    self.rule = rule
    self.results = results
    isXCMS = !experiment.table.xcms.isEmpty
    hasIDs = experiment.table.features.contains { $0.id != nil }
    samples = experiment.rawFiles.map {
      SampleName.stem(URL(filePath: $0).lastPathComponent)
    }
  }

  var header: [String] {
    var names = ["", "feature ID", "sample", "m/z", "retention time"]
    names += ["peak_mz", "peak_rt", "peak_rt_start", "peak_rt_end", "peak_mz_min", "peak_mz_max"]
    names += ["label", "height", "area"]
    if isXCMS {
      names += ["area_bc", "sn", "rt_adjusted", "rt_start_adjusted", "rt_end_adjusted"]
    }
    if hasIDs { names.append("feature_id") }
    return names + ["row"] + classes.map { "probability_\($0)" }
  }

  /// Writes the file, in pieces: only a megabyte of it is in memory.
  /// - Returns: how many peaks got which label.
  /// - Throws: `Failure` of `AtomicFile.write`.
  func write(to path: String) throws -> PredictionCounts {
    var counts = PredictionCounts(classes: classes)
    try AtomicFile.write(to: path) { temporary in
      var file = try CSVFile(temporary)
      for name in header { file.text(name) }
      try file.endRow()
      for peak in experiment.table.peaks.indices {
        let fate = results.fate(of: peak)
        guard fate == .valid else {
          counts.leaveOut(fate)
          continue
        }
        let decision = rule.label(of: results.probabilities(of: peak))
        file.integer(counts.total)
        append(peak, label: classes[decision.label], to: &file)
        try file.endRow()
        counts.add(label: decision.label, isPromoted: decision.isPromoted)
      }
      try file.close()
    }
    return counts
  }

  private func append(_ index: Int, label: String, to file: inout CSVFile) {
    let table = experiment.table
    let peak = table.peaks[index]
    file.integer(peak.feature)
    file.text(samples[peak.sample])
    for number in [
      table.featureMz[index], table.featureRT[index], peak.mz, peak.rt, peak.rtStart, peak.rtEnd,
      peak.mzMin, peak.mzMax,
    ] {
      file.number(number)
    }
    file.text(label)
    file.number(peak.height)
    file.number(peak.area)
    if isXCMS {
      let more = table.xcms[index]
      for number in [
        more.areaBaselineCorrected, more.signalToNoise, more.rtAdjusted, more.rtStartAdjusted,
        more.rtEndAdjusted,
      ] {
        file.number(number)
      }
    }
    if hasIDs { file.text(table.features[peak.feature].id ?? "") }
    file.integer(peak.row)
    // As 64-bit numbers: read back, they give the same label as the rule gave here.
    for probability in results.probabilities(of: index) { file.number(Double(probability)) }
  }
}
