import Foundation
import PeakData
import Support
import TestTools
import Testing

private typealias T = MzMLText

/// A file `run.mzML` with a document, removed with the value.
final class TemporaryRun {
  let path: String
  private let folder: TestTools.TemporaryFolder

  init(_ document: String) throws {
    folder = try TestTools.TemporaryFolder()
    path = folder.file("run.mzML")
    try Data(document.utf8).write(to: URL(filePath: path))
  }
}

/// A document that is refused, and the words that say why.
struct BadMzML: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var bytes: [UInt8]
  var words: String
  /// How many spectra were handed over before.
  var spectra = 0

  init(_ document: String, _ words: String, spectra: Int = 0) {
    self.init(bytes: Array(document.utf8), words, spectra: spectra)
  }

  init(bytes: [UInt8], _ words: String, spectra: Int = 0) {
    testDescription = words
    self.bytes = bytes
    self.words = words
    self.spectra = spectra
  }

  static let foreign: [BadMzML] = [
    .init("", "run.mzML: is empty"),
    .init("<!DOCTYPE html><html><body>", "found a web page"),
    .init("\n<html><body></body></html>", "found a web page"),
    .init("<?xml version=\"1.0\"?><mzXML><msRun/></mzXML>", "found mzXML"),
    .init("<mzData/>", "found mzData"),
    .init("<svg><spectrum/></svg>", "found XML with the root element <svg>"),
    .init("sample,mz\nA,1\n", "found text that is no XML"),
    .init("version https://git-lfs.github.com/spec/v1\n", "found a Git LFS pointer"),
    .init(bytes: [0x50, 0x4B, 3, 4, 0, 0, 0, 0], "found a zip archive"),
    .init(bytes: [0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10], "found HDF5"),
    .init(bytes: [1, 0xA1, 0x46, 0, 0x69, 0], "found a Thermo raw file"),
    .init(bytes: [0xFF, 0xFE, 0x3C, 0, 0x3F, 0], "found UTF-16"),
    .init(bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3], "run.mzML: is"),
  ]

  static let dangerous: [BadMzML] = [
    .init(
      T.document(T.spectrum(), prolog: "<!DOCTYPE mzML [<!ENTITY a \"aaaa\">]>"), "DOCTYPE"),
    .init(
      T.document(T.spectrum(), prolog: "<!DOCTYPE mzML SYSTEM \"http://127.0.0.1:1/x.dtd\">"),
      "DOCTYPE"),
    .init(
      T.document(T.spectrum(params: T.level1 + T.param(1_000_511, "&a;"))),
      "is damaged: it is not well-formed XML"),
    .init(
      T.document(T.spectrum() + String(repeating: "<a>", count: 2000)),
      "is damaged: it is not well-formed XML"),
    .init(
      T.document(T.spectrum() + "<a b=\"" + String(repeating: "x", count: 11_000_000) + "\"/>"),
      "is damaged: it is not well-formed XML"),
    .init(
      T.document(T.spectrum() + "<a>" + String(repeating: "x", count: 11_000_000) + "</a>"),
      "is damaged: it is not well-formed XML"),
    .init(
      T.document(T.spectrum(count: "2", arrays: zipped)), "2 values, as it declares, found more"),
    .init(
      T.document(T.spectrum(count: "99999999999", arrays: zipped)), "at most 16777216 values"),
    .init(T.document(T.spectrum(count: "-3", arrays: zipped)), "has no usable defaultArrayLength"),
  ]

  private static let zipped: String = {
    let bytes = [100.0, 200, 300].withUnsafeBytes { Array($0) }
    return T.array(
      T.mz + T.double + T.zlib, text: Data(T.stored(bytes)).base64EncodedString())
  }()

  static let damaged: [BadMzML] = [
    // libxml2's "spectrum line 1" is of a piece of the file.
    .init(
      T.document(T.spectrum().replacing("</spectrum>", with: "</spectrun>")),
      "tag mismatch: spectrum and spectrun"),
    with(text: "AAAA%AAA", "the m/z array is not base64"),
    with(text: "AAAAAA", "the m/z array is not base64"),
    with(text: "AAA=AAAA", "the m/z array is not base64"),
    with(text: "#0", "the m/z array is not base64"),
    with(text: "AAAAAAAAWUA=<!-- -->AAAA", "interrupted by markup"),
    with(text: "<![CDATA[AAAAAAAAWUA=]]>", "interrupted by markup"),
    with(text: "<cvParam/>", "interrupted by markup"),
    with(text: "AAAAAAAAWUAA", "numbers of 8 bytes each, found 9 bytes"),
    with(T.mz + T.single, text: "AAAAAAA=", "numbers of 4 bytes each, found 5 bytes"),
    with(T.mz + T.double + T.zlib, text: "AAAAAAAAWUA=", "is not whole zlib data"),
    with(T.mz + T.double + T.zlib, text: cutZlib, "is not whole zlib data"),
    with(T.mz + T.param(1_002_312), text: "AAAAAAAAWUAA", "is not whole MS-Numpress data"),
    with(T.mz + T.param(1_002_314), text: "QFkAAAAAAAAA", "is not whole MS-Numpress data"),
    with(T.mz + T.param(1_002_313), text: "AAAA", "is not whole MS-Numpress data"),
    with(T.mz, text: "AAAAAAAAWUA=", "does not say which numbers it holds"),
    with(T.mz + T.param(1_000_520), text: "AAAA", "does not say which numbers it holds"),
    with(
      T.mz + T.double + T.param(1_003_780, name: "zstd compression"), text: "AAAAAAAAWUA=",
      "is compressed in a way that is not read here"),
    .init(
      T.document(T.spectrum(arrays: T.mz3)),
      "spectrum 1 (scan=1): the m/z and the intensity array differ in length"),
    .init(
      T.document(T.spectrum() + T.spectrum(id: "two", arrays: T.intensity3)),
      "spectrum 2 (two): the m/z and the intensity array differ in length", spectra: 1),
    .init(T.document(T.spectrum(params: T.param(1_000_511, "one"))), "found \"one\""),
    .init(T.document(T.spectrum(scan: "")), "has points but no scan start time"),
    .init(T.document(T.spectrum(scan: T.time("soon"))), "expected a number, found \"soon\""),
    .init(T.document(T.spectrum(scan: T.time("nan"))), "expected a number, found \"nan\""),
    .init(T.document(T.spectrum(scan: T.time("1", ""))), "expected minute or second, found none"),
    .init(
      T.document(T.spectrum(scan: T.time("1", #"unitName="fortnight""#))), "found fortnight"),
    .init(
      T.document(T.spectrum() + "<a></b>" + T.spectrum()), "Opening and ending tag mismatch"),
    .init(String(T.document(T.spectrum() + T.spectrum()).dropLast(20)), "is cut short", spectra: 2),
    .init(
      T.document(T.spectrum() + T.spectrum().replacing("</spectrum>", with: "")),
      "Opening and ending tag mismatch", spectra: 1),
    .init(
      T.document(T.spectrum(arrays: T.mz3 + T.intensity3 + "<chromatogram></chromatogram>")),
      "a chromatogram begins before this spectrum ends"),
    .init(
      T.document(T.spectrum(id: "a", arrays: T.mz3 + T.spectrum(id: "b") + T.intensity3)),
      "spectrum 1 (a): a spectrum begins before this spectrum ends"),
    // What stands for a text that was lifted out, where the lifter looks for none.
    .init(
      T.document(T.spectrum(arrays: T.mz3 + forged) + T.spectrum()),
      "the data of the intensity array is interrupted by markup"),
  ]

  private static let forged: String = {
    let prefix = String(repeating: "p", count: 40)
    return """
      <binaryDataArray>\(T.intensity + T.single + T.plain)\
      <\(prefix):binary xmlns:\(prefix)="urn:p">#0</\(prefix):binary></binaryDataArray>
      """
  }()

  private static let cutZlib: String = {
    let whole = T.stored([100.0, 200, 300].withUnsafeBytes { Array($0) })
    return Data(whole.dropLast(5)).base64EncodedString()
  }()

  private static func with(
    _ params: String = T.mz + T.double, text: String, _ words: String
  ) -> BadMzML {
    .init(T.document(T.spectrum(arrays: T.array(params, text: text) + T.intensity3)), words)
  }
}

@Suite("Bad mzML: what, where and the exit code")
struct MzMLErrorTests {
  @Test(arguments: BadMzML.foreign + BadMzML.dangerous + BadMzML.damaged)
  func refuses(_ bad: BadMzML) throws {
    let file = try ReadFile(bytes: bad.bytes)
    let failure = try #require(file.failure)
    #expect(failure.code == .badData)
    #expect(failure.description.contains(bad.words), "\(failure)")
    #expect(failure.place?.hasPrefix("run.mzML") == true, "\(failure)")
    #expect(file.spectra.count >= bad.spectra)
  }

  @Test("A missing file is 66, a folder 74") func notFiles() throws {
    let folder = try TestTools.TemporaryFolder()
    let missing = try #require(ReadFile(folder.file("none.mzML")).failure)
    #expect(missing.code == .missingInput)
    #expect(missing.found == "No such file or directory")
    let other = try #require(ReadFile(folder.path).failure)
    #expect(other.code == .inputOutput)
    #expect(other.found == "Is a directory")
  }

  @Test("An error of whoever takes the spectra is passed on") func passedOn() throws {
    struct Enough: Error {}
    let run = try TemporaryRun(T.document(T.spectrum() + T.spectrum()))
    var count = 0
    #expect(throws: Enough.self) {
      _ = try MzMLReader(path: run.path).read { _ in
        count += 1
        throw Enough()
      }
    }
    #expect(count == 1)
  }

  @Test("A file cut anywhere gives the spectra before the cut, and says so") func cuts() throws {
    let spectra = (0..<4).map { T.spectrum(id: "scan=\($0)", scan: T.time("\($0)")) }
    let bytes = Array(T.document(spectra.joined()).utf8)
    let text = String(decoding: bytes, as: UTF8.self)
    let ends = text.ranges(of: "</spectrum>").map { range in
      text.utf8.distance(from: text.startIndex, to: range.upperBound)
    }
    #expect(ends.count == 4)
    for cut in 1..<bytes.count {
      let file = try ReadFile(bytes: Array(bytes[..<cut]))
      let whole = ends.count { $0 <= cut }
      #expect(file.spectra.map(\.time) == (0..<whole).map(Double.init), "cut at \(cut)")
      #expect(file.failure?.what == "is cut short", "cut at \(cut)")
      let last = whole > 0 ? "scan=\(whole - 1) as the last whole spectrum" : "no whole spectrum"
      #expect(file.failure?.found == last, "cut at \(cut)")
    }
  }

  /// A gzip file with so many megabytes of "A", zeros in base64, in place of each "@".
  private func inflating(_ document: String, megabytes: [Int]) throws -> [UInt8] {
    let gzip = try findProgram("gzip", hint: "apt-get install gzip")
    let folder = try TestTools.TemporaryFolder()
    func pack(_ text: String, _ name: String) throws -> Data {
      let path = folder.file(name)
      try Data(text.utf8).write(to: URL(filePath: path))
      _ = try run(gzip, [path])
      return try Data(contentsOf: URL(filePath: path + ".gz"))
    }
    let parts = document.split(separator: "@").map(String.init)
    let megabyte = try pack(String(repeating: "A", count: 1 << 20), "megabyte")
    var file = try pack(parts[0], "0")
    for (index, count) in megabytes.enumerated() {
      for _ in 0..<count { file.append(megabyte) }
      file.append(try pack(parts[index + 1], "\(index + 1)"))
    }
    return Array(file)
  }

  @Test("The texts of a large spectrum take no room from the next") func twoLarge() throws {
    let arrays =
      T.array(T.mz + T.double + T.plain, text: "@")
      + T.array(T.intensity + T.single + T.plain, text: "@")
    let spectrum = T.spectrum(count: "9830400", arrays: arrays)
    let file = try inflating(T.document(spectrum + spectrum), megabytes: [100, 50, 100, 50])
    let found = try ReadFile(bytes: file, name: "run.mzML.gz")
    #expect(found.failure == nil)
    #expect(found.spectra.map(\.mz.count) == [9_830_400, 9_830_400])
  }

  @Test("More encoded data than any spectrum has is refused") func tooLong() throws {
    let document = T.document(T.spectrum() + T.spectrum(arrays: T.array(T.mz, text: "@")))
    let found = try ReadFile(
      bytes: inflating(document, megabytes: [200]), name: "run.mzML.gz")
    #expect(found.failure?.what == "has more data in one spectrum than can be right")
    #expect(found.spectra.count == 1)
  }
}
