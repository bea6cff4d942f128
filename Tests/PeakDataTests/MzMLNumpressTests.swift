import Foundation
import PeakData
import TestTools
import Testing

private typealias T = MzMLText

@Suite("MS-Numpress, against its reference implementation")
struct MzMLNumpressTests {
  /// An array that the reference implementation encoded, and what it decodes it to; written by
  /// `scripts/python/fixtures-numpress.py`.
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var encoded: Data
    var decoded: Data

    var testDescription: String { "\(method), \(name)" }

    var values: [Double] { decoded.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) } }

    static func all() throws -> [Case] {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/numpress.json")
      return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
    }
  }

  /// A spectrum with the encoded array as intensities.
  func read(_ encoded: Data, _ term: Int, count: Int) throws -> ReadFile {
    let mz = T.array(T.mz + T.double, text: T.base64([Double](repeating: 1, count: count)))
    let array = T.array(
      T.intensity + T.double + T.param(term), text: encoded.base64EncodedString())
    return try ReadFile(document: T.document(T.spectrum(count: "\(count)", arrays: mz + array)))
  }

  static let terms = ["linear": 1_002_312, "pic": 1_002_313, "slof": 1_002_314]

  @Test("Decodes to the same values", arguments: try Case.all())
  func decodes(_ item: Case) throws {
    let expected = item.values
    let term = try #require(Self.terms[item.method])
    let deflated = Data(T.stored(Array(item.encoded)))
    for (encoded, term) in [(item.encoded, term), (deflated, term + 434)] {
      let file = try read(encoded, term, count: expected.count)
      let found = try #require(file.spectra.first).intensities
      #expect(found.count == expected.count)
      for (found, expected) in zip(found, expected) {
        // The exponential of slof may differ in its last digit between C libraries.
        #expect(abs(found - expected) <= (item.method == "slof" ? 4e-16 * expected + 1e-12 : 0))
      }
    }
  }

  @Test("Older files say zlib and Numpress in two params") func twoParams() throws {
    let item = try #require(try Case.all().last)
    let mz = T.array(
      T.mz + T.double, text: T.base64([Double](repeating: 1, count: item.values.count)))
    let text = Data(T.stored(Array(item.encoded))).base64EncodedString()
    let array = T.array(T.intensity + T.zlib + T.param(1_002_313), text: text)
    let document = T.document(T.spectrum(count: "\(item.values.count)", arrays: mz + array))
    #expect(try ReadFile(document: document).spectra.first?.intensities == item.values)
  }

  @Test("Cut data gives fewer values or is refused, never others", arguments: try Case.all())
  func cuts(_ item: Case) throws {
    let expected = item.values
    let term = try #require(Self.terms[item.method])
    for cut in 1..<min(item.encoded.count, 120) {
      let file = try read(item.encoded.prefix(cut), term, count: expected.count)
      #expect(file.spectra.isEmpty)
      let found = try #require(file.failure).description
      #expect(found.contains("differ in length") || found.contains("not whole MS-Numpress data"))
    }
  }
}
