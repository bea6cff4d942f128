import Foundation

/// Writes small mzML files for tests: centroided spectra, 64-bit, uncompressed.
public enum MiniMzML {
  public struct Spectrum: Sendable {
    public var minutes: Double
    public var points: [(mz: Double, intensity: Double)]

    public init(_ minutes: Double, _ points: [(mz: Double, intensity: Double)]) {
      self.minutes = minutes
      self.points = points
    }
  }

  public static func write(_ spectra: [Spectrum], to path: String) throws {
    try text(spectra).write(toFile: path, atomically: true, encoding: .utf8)
  }

  public static func text(_ spectra: [Spectrum]) -> String {
    let inside = spectra.enumerated().map { index, spectrum in
      element(spectrum, index)
    }.joined()
    return """
      <?xml version="1.0" encoding="utf-8"?>
      <mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">
      <cvList count="1"><cv id="MS" fullName="PSI-MS" URI="psi-ms.obo" version="4.1.0"/></cvList>
      <run id="run"><spectrumList count="\(spectra.count)">
      \(inside)</spectrumList></run></mzML>
      """
  }

  private static func element(_ spectrum: Spectrum, _ index: Int) -> String {
    """
    <spectrum index="\(index)" id="scan=\(index + 1)" defaultArrayLength="\(spectrum.points.count)">
    \(term("1000511", "ms level", value: "1"))\(term("1000127", "centroid spectrum"))
    <scanList count="1"><scan>\(term("1000016", "scan start time", value: "\(spectrum.minutes)",
      unit: ("0000031", "minute")))</scan></scanList>
    <binaryDataArrayList count="2">
    \(array(spectrum.points.map(\.mz), term("1000514", "m/z array")))
    \(array(spectrum.points.map(\.intensity), term("1000515", "intensity array")))
    </binaryDataArrayList></spectrum>

    """
  }

  private static func array(_ values: [Double], _ kind: String) -> String {
    let bytes = values.withUnsafeBytes { Data($0) }.base64EncodedString()
    return """
      <binaryDataArray encodedLength="\(bytes.utf8.count)">\(kind)\
      \(term("1000523", "64-bit float"))\(term("1000576", "no compression"))\
      <binary>\(bytes)</binary></binaryDataArray>
      """
  }

  private static func term(
    _ accession: String, _ name: String, value: String = "", unit: (String, String)? = nil
  ) -> String {
    let ending = unit.map {
      #" unitCvRef="UO" unitAccession="UO:\#($0.0)" unitName="\#($0.1)""#
    }
    return
      #"<cvParam cvRef="MS" accession="MS:\#(accession)" name="\#(name)" value="\#(value)"\#(ending ?? "")/>"#
  }
}
