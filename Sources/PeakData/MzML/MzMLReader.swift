import Support

/// Reads the MS1 spectra of an mzML file (plain or gzip, with or without index) one after the other,
/// in memory that does not grow with the file.
///
/// What NeatMS sees through pymzML 2.6 is what is handed over: the first m/z and the first intensity
/// array of each spectrum whose `ms level` is 1, in the file's order, whatever its polarity; profile
/// spectra as the peaks that pymzML finds in them. `docs/raw-files.md` lists what is read and what
/// is refused.
public struct MzMLReader: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  /// Reads the run once, handing over each MS1 spectrum whose scan time (minutes) `wants` says yes
  /// to, in the file's order. Spectra not wanted are counted but not decoded.
  /// - Throws: `Failure`: `.missingInput` without the file, `.inputOutput` where it cannot be read,
  ///   `.badData` where it is damaged, cut short or no mzML. All whole spectra before a cut have been
  ///   handed over by then; of those before damage, the last may be missing. And whatever `body`
  ///   throws.
  public func read(
    wants: (Double) -> Bool = { _ in true }, _ body: (MS1Spectrum) throws -> Void
  ) throws -> RunSummary {
    var pass = try MzMLPass(path: path)
    return try pass.run(wants: wants, body)
  }
}
