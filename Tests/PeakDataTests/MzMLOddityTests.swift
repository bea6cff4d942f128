import Foundation
import PeakData
import Testing

private typealias T = MzMLText

/// A document and what it holds: times, m/z values and intensities of its MS1 spectra.
struct MzMLOddity: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var document: String
  var times: [Double]
  var mz: [[Double]]
  var intensities: [[Double]]

  /// One spectrum of the usual three points at one minute.
  init(_ name: String, _ document: String) {
    self.init(name, document, [1], [[100, 200, 300]], [[1, 2, 4]])
  }

  init(
    _ name: String, _ document: String, _ times: [Double], _ mz: [[Double]],
    _ intensities: [[Double]]
  ) {
    testDescription = name
    self.document = document
    self.times = times
    self.mz = mz
    self.intensities = intensities
  }

  static let encodings: [MzMLOddity] = [
    .init("64-bit m/z, 32-bit intensities", T.document(T.spectrum())),
    .init("32-bit integers", integers([1, 2, 4] as [Int32], 1_000_519)),
    .init("64-bit integers", integers([1, 2, 4] as [Int64], 1_000_522)),
    .init("zlib", deflated(T.zlib)),
    .init(
      "lines and spaces in base64",
      arrays(
        T.array(
          T.mz + T.double + T.plain,
          text: "\n  AAAAAAAA\r\n  WUAAAAAAAA Bp\tQAAAA AAAwHJA \n"))),
    .init(
      "params behind the data",
      arrays(
        "<binaryDataArray><binary>\(T.base64([100.0, 200, 300]))</binary>"
          + T.mz + T.double + "</binaryDataArray>")),
    .init(
      "no compression said", arrays(T.array(T.mz + T.double, text: T.base64([100.0, 200, 300])))),
    .init(
      "an array's own length",
      T.document(
        T.spectrum(
          count: "1",
          arrays: T.array(
            T.mz + T.double + T.zlib, text: mzDeflated, attributes: #"arrayLength="3""#)
            + T.intensity3))),
    .init("lengths that lie", T.document(T.spectrum(count: "0"))),
    .init("lengths that are no numbers", T.document(T.spectrum(count: "many"))),
    .init(
      "an encodedLength that lies",
      arrays(
        T.array(
          T.mz + T.double, text: T.base64([100.0, 200, 300]),
          attributes: #"encodedLength="99999999999999""#))),
  ]

  static let structures: [MzMLOddity] = [
    .init("seconds", T.document(T.spectrum(scan: T.time("60", T.second)))),
    .init(
      "hours", T.document(T.spectrum(scan: T.time("0.016666666666666666", #"unitName="Hour""#)))),
    .init("milliseconds", T.document(T.spectrum(scan: T.time("6e4", #"unitName="millisecond""#)))),
    .init(
      "a unit by accession alone",
      T.document(T.spectrum(scan: T.time("60", #"unitAccession="UO:0000010""#)))),
    .init(
      "a unit of mzML 1.0",
      T.document(T.spectrum(scan: T.time(" 1 ", #"unitAccession="MS:1000038""#)))),
    .init(
      "other levels, and none",
      T.document(T.spectrum(params: T.level2) + T.spectrum(params: "") + T.spectrum())),
    .init(
      "both polarities",
      T.document(
        T.spectrum(params: T.level1 + T.param(1_000_129))
          + T.spectrum(params: T.level1 + T.param(1_000_130), scan: T.time("2"))),
      [1, 2], [[100, 200, 300], [100, 200, 300]], [[1, 2, 4], [1, 2, 4]]),
    .init(
      "times that go back",
      T.document(T.spectrum(scan: T.time("2")) + T.spectrum()),
      [2, 1], [[100, 200, 300], [100, 200, 300]], [[1, 2, 4], [1, 2, 4]]),
    .init(
      "params by reference",
      T.document(
        T.spectrum(
          params: reference("level"), scan: "<scan>\(reference("time"))</scan>",
          arrays: T.array(reference("mz"), text: T.base64([100.0, 200, 300])) + T.intensity3),
        groups: group("level", T.level1) + group("time", T.param(1_000_016, "1", unit: T.minute))
          + group("mz", T.mz + T.double + T.plain))),
    .init(
      "further arrays",
      T.document(
        T.spectrum(
          arrays: T.array(T.param(1_000_786, "my array") + T.param(1_001_479), text: "AAAA")
            + T.array(T.param(1_002_816) + T.param(1_000_520), text: "not base64")
            + T.mz3 + T.intensity3
            + T.array(T.intensity + T.single, text: T.base64([9, 9, 9] as [Float])),
        ))),
    .init(
      "chromatograms around",
      T.document(
        T.spectrum(),
        chromatograms: "<chromatogramList><chromatogram>\(T.mz3)\(T.intensity3)</chromatogram>"
          + "</chromatogramList>")),
    .init("no arrays", T.document(T.spectrum(arrays: "")), [1], [[]], [[]]),
    .init(
      "empty arrays",
      T.document(
        T.spectrum(
          count: "0",
          arrays: "<binaryDataArray>\(T.mz)\(T.double)<binary/></binaryDataArray>"
            + T.array(T.intensity + T.single, text: ""))), [1], [[]], [[]]),
    .init(
      "no time and no data",
      T.document(T.spectrum(count: "0", scan: "", arrays: "") + T.spectrum())),
    .init(
      "a profile without points",
      T.document(T.spectrum(params: T.level1 + T.profile, arrays: "")), [1], [[]], [[]]),
  ]

  static let markup: [MzMLOddity] = [
    .init("no XML declaration", T.document(T.spectrum(), prolog: "")),
    .init("a byte order mark", "\u{FEFF}" + T.document(T.spectrum())),
    .init(
      "carriage returns", T.document(T.spectrum()).replacingOccurrences(of: "\n", with: "\r\n")),
    .init("single quotes", T.document(T.spectrum()).replacingOccurrences(of: "\"", with: "'")),
    .init("one line", T.document(T.spectrum()).replacingOccurrences(of: "\n", with: " ")),
    .init("no namespace", T.document(T.spectrum()).replacingOccurrences(of: "xmlns", with: "x")),
    .init("a prefix on every name", prefixed(T.document(T.spectrum()))),
    .init(
      "comments, CDATA and instructions",
      T.document(
        "<!-- <spectrum> <binary> - > -><binary>- >--><![CDATA[<binary> ]] > ]]><?a <binary> ?>"
          + T.spectrum(params: T.level1 + "<!--->" + T.level2 + "-->"))),
    .init(
      "markup in attributes",
      T.document(
        T.spectrum(
          id: "a&lt;b>c",
          params: #"<userParam name="it's" value='a">b<c'/>"#
            .replacingOccurrences(of: "<c", with: "&lt;c")
            + #"<userParam name="/>"/><cvParam accession="MS:1" value="&#x3c;binary>"/>"#
            + T.level1))),
    .init(
      "spaces in tags",
      T.document(T.spectrum()).replacingOccurrences(of: "<binary>", with: "<binary \n >")
        .replacingOccurrences(of: "</binary>", with: "</binary \t>")
        .replacingOccurrences(of: "/>", with: " / >").replacingOccurrences(of: " / >", with: "\n/>")
    ),
    .init("an index around", "<indexedmzML>\(T.document(T.spectrum(), prolog: ""))</indexedmzML>"),
  ]

  private static let mzDeflated: String = {
    let bytes = [100.0, 200, 300].withUnsafeBytes { Array($0) }
    return Data(T.stored(bytes)).base64EncodedString()
  }()

  private static func deflated(_ term: String) -> String {
    arrays(T.array(T.mz + T.double + term, text: mzDeflated))
  }

  private static func arrays(_ mz: String) -> String {
    T.document(T.spectrum(arrays: mz + T.intensity3))
  }

  private static func integers<Number>(_ numbers: [Number], _ term: Int) -> String {
    T.document(
      T.spectrum(
        arrays: T.mz3 + T.array(T.intensity + T.param(term) + T.plain, text: T.base64(numbers))))
  }

  private static func reference(_ id: String) -> String {
    #"<referenceableParamGroupRef ref="\#(id)"/>"#
  }

  private static func group(_ id: String, _ params: String) -> String {
    #"<referenceableParamGroup id="\#(id)">\#(params)</referenceableParamGroup>"#
  }

  private static func prefixed(_ document: String) -> String {
    document.replacingOccurrences(of: "</", with: "</mz:")
      .replacingOccurrences(of: "<([a-zA-Z])", with: "<mz:$1", options: .regularExpression)
      .replacingOccurrences(of: "xmlns=", with: "xmlns:mz=")
  }
}

@Suite("Odd but right mzML")
struct MzMLOddityTests {
  @Test(arguments: MzMLOddity.encodings + MzMLOddity.structures + MzMLOddity.markup)
  func reads(_ oddity: MzMLOddity) throws {
    let file = try ReadFile(document: oddity.document)
    #expect(file.failure == nil)
    #expect(file.spectra.map(\.time) == oddity.times)
    #expect(file.spectra.map(\.mz) == oddity.mz)
    #expect(file.spectra.map(\.intensities) == oddity.intensities)
  }

  @Test("The precision of both arrays is told") func precision() throws {
    let single = T.array(T.mz + T.single, text: T.base64([100, 200, 300] as [Float]))
    let both = T.document(T.spectrum(arrays: single + T.intensity3) + T.spectrum())
    #expect(try ReadFile(document: both).spectra.map(\.isSingle) == [true, false])
  }

  @Test("ISO-8859-1 is read, and told as UTF-8") func latin() throws {
    let text = T.document(
      T.spectrum(id: "Größe", params: ""), prolog: #"<?xml version="1.0" encoding="ISO-8859-1"?>"#)
    let cut = try #require(text.data(using: .isoLatin1)).dropLast(12)
    let file = try ReadFile(bytes: Array(cut))
    #expect(file.failure?.found == "Größe as the last whole spectrum")
  }

  @Test("What is counted") func summary() throws {
    let text = T.document(
      T.spectrum(scan: T.time("5")) + T.spectrum(params: T.level2) + T.spectrum(scan: T.time("3")),
      chromatograms: "<chromatogram/><chromatogram></chromatogram>", announced: 4)
    let summary = try #require(try ReadFile(document: text).summary)
    #expect(summary.ms1Spectra == 2)
    #expect(summary.otherSpectra == 1)
    #expect(summary.chromatograms == 2)
    #expect(summary.times == 3...5)
    #expect(summary.remark == "announces 4 spectra and holds 3")
  }

  @Test("Chromatograms alone, and spectra of other levels alone, are told") func remarks() throws {
    let chromatograms = T.document("", chromatograms: "<chromatogram/>")
    #expect(
      try ReadFile(document: chromatograms).summary?.remark == "1 chromatograms and no spectrum")
    let levels = T.document(T.spectrum(params: T.level2))
    #expect(try ReadFile(document: levels).summary?.remark == "no MS1 spectrum")
  }

  /// The numbers become doubles in the memory that they are in.
  @Test("Thousands of numbers of every type, packed and not") func numbers() throws {
    func read<Number>(_ numbers: [Number], _ type: Int, isPacked: Bool) throws -> [Double]? {
      let bytes = numbers.withUnsafeBytes { Array($0) }
      let text = isPacked ? T.base64(T.stored(bytes)) : T.base64(bytes)
      let params = T.param(type) + (isPacked ? T.zlib : T.plain)
      let count = numbers.count
      return try ReadFile(
        document: T.document(
          T.spectrum(
            count: "\(count)",
            arrays: T.array(T.mz + T.double, text: T.base64((0..<count).map { 50 + Double($0) }))
              + T.array(T.intensity + params, text: text)))
      ).spectra.first?.intensities
    }
    for count in [1, 2, 255, 256, 257, 511, 512, 513, 5000, 8000] {
      let whole = (0..<count).map { $0 * 7919 % 100_003 - 50_000 }
      let expected = whole.map { Double($0) / 3 }
      for isPacked in [false, true] {
        let floats = whole.map { Float($0) / 3 }
        #expect(
          try read(floats, 1_000_521, isPacked: isPacked) == floats.map { Double($0) }, "\(count)")
        #expect(try read(expected, 1_000_523, isPacked: isPacked) == expected, "\(count)")
        let integers = whole.map { Double($0) }
        #expect(
          try read(whole.map { Int32($0) }, 1_000_519, isPacked: isPacked) == integers, "\(count)")
        #expect(
          try read(whole.map { Int64($0) }, 1_000_522, isPacked: isPacked) == integers, "\(count)")
      }
    }
  }

  @Test("Spectra that are not wanted are counted, not decoded") func wanted() throws {
    let folder = try TemporaryRun(
      T.document(
        T.spectrum(scan: T.time("1"), arrays: T.array(T.mz, text: "%%%"))
          + T.spectrum(
            scan: T.time("2"))))
    let file = ReadFile(folder.path, wants: { $0 > 1.5 })
    #expect(file.failure == nil)
    #expect(file.spectra.map(\.index) == [1])
    #expect(file.summary?.ms1Spectra == 2)
    #expect(file.summary?.times == 1...2)
  }
}
