import Foundation
import PeakData
import Support
import TestTools
import Testing

private typealias T = MzMLText

/// Spectra that are read without an XML parser give what the parser gives, and nothing that is not
/// well-formed is read that way.
@Suite("Plain spectra")
struct MzMLPlainSpectraTests {
  /// The same document, no spectrum of which is plain: one attribute of each is in single quotes.
  static func odd(_ text: String) -> String {
    text.replacingOccurrences(
      of: #"<spectrum ([^>]*)index="([0-9]+)""#, with: "<spectrum $1index='$2'",
      options: .regularExpression)
  }

  @Test(
    "Real files, by the parser and without",
    .enabled(if: sharedData != nil, "the shared data is not there: no real file was read"),
    arguments: ManifestRow.all("mzml") + ManifestRow.all("mzml-variants"))
  func realFiles(_ row: ManifestRow) throws {
    guard row["file"].hasSuffix(".mzML") else { return }
    let shared = try #require(sharedData)
    let urls = ["mzml", "mzml-variants"].map { shared.appending(path: "\($0)/\(row["file"])") }
    let url = try #require(urls.first { FileManager.default.fileExists(atPath: $0.path) })
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let changed = Self.odd(text)
    guard changed != text else { return }
    let (plain, parsed) = (try ReadFile(document: text), try ReadFile(document: changed))
    #expect(plain.spectra == parsed.spectra)
    #expect(plain.summary == parsed.summary)
    #expect(plain.failure == parsed.failure)
    #expect(plain.summary != nil)
  }

  /// Spectra before and behind, so that what is refused stands between what is read.
  static func document(_ spectrum: String) -> String {
    T.document(T.spectrum(id: "scan=1") + spectrum + T.spectrum(id: "scan=3"))
  }

  static let spectrum = T.spectrum(id: "scan=2")

  static let malformed: [(name: String, spectrum: String)] = [
    ("another end tag", spectrum.replacing("</scan>", with: "</scam>")),
    (
      "ends in the wrong order",
      spectrum.replacing("</scan></scanList>", with: "</scanList></scan>")
    ),
    ("an attribute twice", spectrum.replacing("<spectrum ", with: "<spectrum id=\"a\" ")),
    ("an attribute without a value", spectrum.replacing("<scan>", with: "<scan empty>")),
    ("an attribute without quotes", spectrum.replacing("<scan>", with: "<scan a=1>")),
    ("attributes side by side", spectrum.replacing("<scan>", with: "<scan a=\"1\"b=\"2\">")),
    ("an unknown entity", spectrum.replacing("id=\"scan=2\"", with: "id=\"&nothing;\"")),
    ("an ampersand", spectrum.replacing("id=\"scan=2\"", with: "id=\"a & b\"")),
    ("less-than in a value", spectrum.replacing("id=\"scan=2\"", with: "id=\"a<b\"")),
    ("a byte that no name has", spectrum.replacing("<scan>", with: "<sc;an>")),
    ("no end tag", spectrum.replacing("</spectrum>", with: "")),
    ("the name that stands for a spectrum", "<neatms-spectrum/>"),
    (
      "that name inside a spectrum",
      spectrum.replacing("<scan>", with: "<neatms-spectrum/><scan>")
    ),
    ("that name with an end tag", "<neatms-spectrum></neatms-spectrum>"),
  ]

  @Test("What is not well formed is refused", arguments: malformed.map(\.name))
  func refused(_ name: String) throws {
    let spectrum = try #require(Self.malformed.first { $0.name == name }).spectrum
    let file = try ReadFile(document: Self.document(spectrum))
    #expect(file.failure?.code == .badData)
    #expect(file.summary == nil)
    // What came before it was handed over.
    #expect(file.spectra.count <= 2)
  }

  /// What has to be looked at closely is read by the parser, to the same result.
  static let unusual: [(name: String, spectrum: String)] = [
    ("plain", spectrum),
    ("single quotes", spectrum.replacing("\"scan=2\"", with: "'scan=2'")),
    ("an entity", spectrum.replacing("scan=2", with: "scan&#61;2")),
    ("letters beyond ASCII", spectrum.replacing("scan=2", with: "scän=2")),
    ("a comment", spectrum.replacing("<scan>", with: "<!-- </spectrum> --><scan>")),
    ("an instruction", spectrum.replacing("<scan>", with: "<?x <?><scan>")),
    ("new lines in a tag", spectrum.replacing("<spectrum ", with: "<spectrum\n  ")),
    ("new lines between attributes", spectrum.replacing(" id=", with: "\n id=")),
    ("greater-than in a value", spectrum.replacing("<scan>", with: "<scan a=\">\">")),
    ("params with end tags", spectrum.replacing("/>", with: "></cvParam>")),
    ("blanks at a tag's end", spectrum.replacing("/>", with: "  />")),
    ("blanks in end tags", spectrum.replacing("</scan>", with: "</scan >")),
    ("many attributes", spectrum.replacing("<scan>", with: "<scan \(attributes(20))>")),
    ("a long attribute", spectrum.replacing("<scan>", with: "<scan a=\"\(letters)\">")),
    ("deep elements", spectrum.replacing("<scan>", with: deep(30) + "<scan>")),
    ("foreign elements", spectrum.replacing("<scan>", with: "<a b=\"c\"><d/></a><scan>")),
    (
      "a userParam in an array",
      spectrum.replacing("<binary>", with: "<userParam name=\"a\" value=\"b\"/><binary>")
    ),
    (
      "a third array",
      T.spectrum(
        id: "scan=2",
        arrays: T.mz3 + T.intensity3 + T.array(T.param(1_000_786) + T.double, text: "AAAA"))
    ),
    (
      "an array of another spectrum's level",
      T.spectrum(id: "scan=2") + T.spectrum(id: "scan=2b", params: T.level2, arrays: "")
    ),
  ]

  static func attributes(_ count: Int) -> String {
    (0..<count).map { "a\($0)=\"\($0)\"" }.joined(separator: " ")
  }
  static let letters = String(repeating: "abcdefgh", count: 500)
  static func deep(_ count: Int) -> String {
    String(repeating: "<a>", count: count) + String(repeating: "</a>", count: count)
  }

  @Test("What is unusual is read all the same", arguments: unusual.map(\.name))
  func read(_ name: String) throws {
    let spectrum = try #require(Self.unusual.first { $0.name == name }).spectrum
    let file = try ReadFile(document: Self.document(spectrum))
    #expect(file.failure == nil)
    #expect(file.spectra.count == 3)
    for found in file.spectra {
      #expect(found.mz == [100, 200, 300] && found.intensities == [1, 2, 4] && found.time == 1)
    }
  }

  /// A root that is a spectrum, a spectrum in encoded data, and a param whose other values look like an
  /// accession: none is taken for what it is not.
  @Test("Spectra where none belong") func misplaced() throws {
    let alone = try ReadFile(document: Self.spectrum)
    #expect(alone.failure?.what == "is not an mzML file")
    #expect(alone.failure?.found?.contains("<spectrum>") == true)

    let nested = T.document(
      T.spectrum(id: "scan=1"),
      chromatograms: "<chromatogramList><chromatogram id=\"TIC\"><binary>AAAA\(Self.spectrum)"
        + "</binary></chromatogram></chromatogramList>")
    #expect(try ReadFile(document: nested).failure?.code == .badData)

    let level = #"<cvParam name="ms level accession=" accession="MS:1000511" value="1"/>"#
    let file = try ReadFile(document: Self.document(T.spectrum(id: "scan=2", params: level)))
    #expect(file.summary?.ms1Spectra == 3)
  }

  /// Spectra that a piece of the file cuts, spectra larger than a piece, and larger than are read
  /// without the parser, in one file.
  @Test("Spectra of all sizes") func sizes() throws {
    let counts = (0..<400).map { 1 + $0 * 37 % 1500 } + [40_000, 7, 700_000, 3, 250_000, 5]
    var spectra = ""
    for (index, count) in counts.enumerated() {
      let mz = (0..<count).map { 50 + Double($0) / 64 }
      let intensities = (0..<count).map { Float(index + $0) }
      spectra += T.spectrum(
        id: "scan=\(index)", count: "\(count)",
        arrays: T.array(T.mz + T.double + T.plain, text: T.base64(mz))
          + T.array(T.intensity + T.single + T.plain, text: T.base64(intensities)))
    }
    let document = T.document(spectra)
    let file = try ReadFile(document: document)
    #expect(file.failure == nil)
    #expect(file.spectra.map(\.mz.count) == counts)
    let sums = file.spectra.map { $0.intensities.reduce(0, +) }
    let expected = counts.enumerated().map { index, count in
      Double(index * count) + Double(count * (count - 1) / 2)
    }
    // Single precision holds all of these numbers.
    #expect(sums == expected)
    #expect(try ReadFile(document: Self.odd(document)).spectra == file.spectra)
  }
}
