import Foundation
import PeakData
import Support
import TestTools

/// Writes mzML by hand, with whatever is odd about it.
enum MzMLText {
  static func param(_ accession: Int, _ value: String = "", name: String = "x", unit: String = "")
    -> String
  {
    #"<cvParam cvRef="MS" accession="MS:\#(accession)" name="\#(name)" value="\#(value)" \#(unit)/>"#
  }

  static let level1 = param(1_000_511, "1")
  static let level2 = param(1_000_511, "2")
  static let profile = param(1_000_128)
  static let mz = param(1_000_514)
  static let intensity = param(1_000_515)
  static let double = param(1_000_523)
  static let single = param(1_000_521)
  static let plain = param(1_000_576)
  static let zlib = param(1_000_574)
  static let minute = #"unitCvRef="UO" unitAccession="UO:0000031" unitName="minute""#
  static let second = #"unitCvRef="UO" unitAccession="UO:0000010" unitName="second""#

  static func time(_ value: String, _ unit: String = minute) -> String {
    "<scanList count=\"1\"><scan>\(param(1_000_016, value, unit: unit))</scan></scanList>"
  }

  /// An array of which the text is given.
  static func array(_ params: String, text: String, attributes: String = "") -> String {
    "<binaryDataArray \(attributes)>\(params)<binary>\(text)</binary></binaryDataArray>"
  }

  /// The numbers' bytes as base64.
  static func base64<Number>(_ numbers: [Number]) -> String {
    numbers.withUnsafeBytes { Data($0) }.base64EncodedString()
  }

  /// A zlib stream of stored blocks: what any deflater may write.
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    let count = bytes.count
    let head: [UInt8] = [0x78, 0x01, 1, UInt8(count & 255), UInt8(count >> 8)]
    let check = [b >> 8, b & 255, a >> 8, a & 255].map { UInt8($0) }
    return head + [UInt8(~count & 255), UInt8((~count >> 8) & 255)] + bytes + check
  }

  static let mz3 = array(mz + double + plain, text: base64([100.0, 200.0, 300.0]))
  static let intensity3 = array(intensity + single + plain, text: base64([1, 2, 4] as [Float]))

  /// A spectrum of three points at one minute, with any part replaced.
  static func spectrum(
    id: String = "scan=1", count: String = "3", params: String = level1,
    scan: String = time("1"), arrays: String = mz3 + intensity3
  ) -> String {
    """
    <spectrum index="0" id="\(id)" defaultArrayLength="\(count)">\(params)\(scan)
    <binaryDataArrayList count="2">\(arrays)</binaryDataArrayList></spectrum>

    """
  }

  /// A document around spectra.
  static func document(
    _ spectra: String, prolog: String = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
    groups: String = "", chromatograms: String = "", announced: Int? = nil
  ) -> String {
    let count = announced.map { #"count="\#($0)""# } ?? ""
    return """
      \(prolog)<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">
      <referenceableParamGroupList>\(groups)</referenceableParamGroupList>
      <run id="r"><spectrumList \(count)>
      \(spectra)</spectrumList>\(chromatograms)</run></mzML>
      """
  }
}

/// What a reader handed over of one spectrum.
struct ReadSpectrum: Equatable {
  var index: Int
  var time: Double
  var mz: [Double]
  var intensities: [Double]
  var isSingle: Bool
}

/// What reading a file gave: the spectra handed over, and the summary or the failure.
struct ReadFile {
  var spectra: [ReadSpectrum] = []
  var summary: RunSummary?
  var failure: Failure?

  init(_ path: String, wants: (Double) -> Bool = { _ in true }) {
    do {
      summary = try MzMLReader(path: path).read(wants: wants) { spectrum in
        spectra.append(
          ReadSpectrum(
            index: spectrum.index, time: spectrum.time, mz: Array(spectrum.mz),
            intensities: Array(spectrum.intensities), isSingle: spectrum.isSinglePrecision))
      }
    } catch {
      failure = Failure(wrapping: error)
    }
  }

  /// Reads a document from a temporary file `run.mzML`, which is also its place in failures.
  init(bytes: [UInt8], name: String = "run.mzML") throws {
    let folder = try TestTools.TemporaryFolder()
    let path = folder.file(name)
    try Data(bytes).write(to: URL(filePath: path))
    self.init(path)
    let place = failure?.place?.replacingOccurrences(of: folder.path + "/", with: "")
    failure?.place = place
  }

  init(document: String) throws { try self.init(bytes: Array(document.utf8)) }

  var points: Int { spectra.reduce(0) { $0 + $1.mz.count } }
}
