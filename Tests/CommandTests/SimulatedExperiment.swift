import Foundation
import TestTools

/// A small experiment with a known answer: one raw file a sample, an XCMS table and labels, in a
/// folder of its own.
///
/// Feature `i` is a peak of 0.2 minutes at m/z 100 + i around minute 0.3 + 0.05 i, scanned every
/// 0.01 minutes: 21 scans inside it.
struct SimulatedExperiment {
  let folder: TemporaryFolder
  var samples: [String]
  var features: Int

  static let scanInterval = 0.01

  init(samples: Int = 2, features: Int = 30) throws {
    folder = try TemporaryFolder()
    self.samples = (1...samples).map { "run\($0).mzML" }
    self.features = features
    try FileManager.default.createDirectory(
      atPath: folder.file("raw"), withIntermediateDirectories: true)
    for (index, sample) in self.samples.enumerated() {
      try MiniMzML.write(spectra(Double(index + 1)), to: folder.file("raw/\(sample)"))
    }
    try write(rows(), to: "features.csv")
    try write(labels { $0 % 2 == 0 ? "Good" : "Bad" }, to: "labels.csv")
  }

  func centre(_ feature: Int) -> Double { 0.3 + 0.05 * Double(feature) }

  private func spectra(_ scale: Double) -> [MiniMzML.Spectrum] {
    let last = centre(features) + 0.5
    return stride(from: 0, to: last, by: Self.scanInterval).map { minutes in
      let points = (0..<features).compactMap { feature -> (mz: Double, intensity: Double)? in
        let distance = (minutes - centre(feature)) / 0.04
        guard abs(distance) < 8 else { return nil }
        let height = 1000 * scale * exp(-distance * distance / 2)
        return (100 + Double(feature), height + 1)
      }
      return MiniMzML.Spectrum(minutes, points)
    }
  }

  static let header =
    "mz,mzmin,mzmax,rt,rtmin,rtmax,into,intb,maxo,sn,sample,sample_name,feature_id"

  /// The lines of the table, header first.
  func rows() -> [String] {
    var lines = [Self.header]
    for (index, sample) in samples.enumerated() {
      for feature in 0..<features {
        let (mz, seconds) = (100 + Double(feature), centre(feature) * 60)
        lines.append(
          "\(mz),\(mz - 0.01),\(mz + 0.01),\(seconds),\(seconds - 6.3),\(seconds + 6.3),"
            + "1000,900,100,10,\(index + 1),\(sample),FT\(feature)")
      }
    }
    return lines
  }

  /// A label for every peak, by feature id.
  func labels(_ label: (Int) -> String) -> [String] {
    ["sample,feature_id,label"]
      + samples.flatMap { sample in
        (0..<features).map { "\(sample),FT\($0),\(label($0))" }
      }
  }

  func write(_ lines: [String], to name: String) throws {
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: folder.file(name), atomically: true, encoding: .utf8)
  }

  /// `neatms-dist prepare` in the folder; under mpirun where `ranks` is given.
  func prepare(_ more: String..., ranks: Int? = nil) throws -> RunResult {
    let arguments =
      [
        "prepare", "--raw", "raw", "--features", "features.csv", "--format", "xcms", "--labels",
        "labels.csv",
      ] + more
    let program = try builtProduct("neatms-dist")
    guard let ranks else { return try run(program, arguments, directory: folder.path) }
    return try runMPI(ranks: ranks, program, arguments, directory: folder.path)
  }
}
