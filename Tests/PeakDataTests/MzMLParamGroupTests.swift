import Foundation
import PeakData
import Testing

private typealias T = MzMLText

@Suite("Param groups of any size")
struct MzMLParamGroupTests {
  private func reference(_ id: String) -> String {
    #"<referenceableParamGroupRef ref="\#(id)"/>"#
  }

  private func group(_ id: String, _ params: String) -> String {
    #"<referenceableParamGroup id="\#(id)">\#(params)</referenceableParamGroup>"#
  }

  private func isUsual(_ file: ReadFile) -> Bool {
    file.failure == nil && file.spectra.map(\.mz) == [[100, 200, 300]]
  }

  @Test("30,000 params referred to 30,000 times") func large() throws {
    let params = T.level1 + String(repeating: T.profile, count: 30_000)
    let document = T.document(
      T.spectrum(params: String(repeating: reference("a"), count: 30_000)),
      groups: group("a", params))
    var file: ReadFile?
    let seconds = try processorSeconds { file = try ReadFile(document: document) }
    #expect(file?.failure == nil && file?.summary?.ms1Spectra == 1)
    #expect(seconds < 5, "\(seconds) s")
  }

  @Test("Groups that refer to groups, twice each") func doubling() throws {
    var groups = group("0", T.level1 + T.param(7))
    for index in 1...60 {
      groups += group("\(index)", reference("\(index - 1)") + reference("\(index - 1)"))
    }
    #expect(
      isUsual(
        try ReadFile(
          document: T.document(
            T.spectrum(params: reference("60")), groups: groups))))
  }

  @Test("Repeated params mean what they mean when written out") func repeated() throws {
    let cases = [
      (T.level1 + T.level2, T.time("1"), T.mz + T.double),
      (T.level1, T.time("1") + T.time("2"), T.mz + T.double + T.single + T.double),
      (T.level1, T.time("1"), T.intensity + T.mz + T.intensity + T.double),
      (T.level1, T.time("1"), T.mz + T.param(1_002_312) + T.param(1_002_314) + T.param(1_002_312)),
      (T.level1, T.time("1"), T.mz + T.param(1_002_314) + T.param(1_002_312) + T.param(1_002_314)),
      (
        T.level1, T.time("1"),
        T.mz + T.param(8, name: "a compression") + T.param(9, name: "b compression")
      ),
    ]
    for (params, scan, array) in cases {
      let times = scan.replacingOccurrences(of: "<scanList count=\"1\"><scan>", with: "")
        .replacingOccurrences(of: "</scan></scanList>", with: "")
      let text = T.base64([100.0, 200, 300])
      let plain = try ReadFile(
        document: T.document(
          T.spectrum(params: params, scan: times, arrays: T.array(array, text: text) + T.intensity3)
        ))
      let referring = try ReadFile(
        document: T.document(
          T.spectrum(
            params: reference("params"), scan: reference("times"),
            arrays: T.array(reference("array"), text: text) + T.intensity3),
          groups: group("params", params) + group("times", times) + group("array", array)))
      #expect(plain.spectra == referring.spectra)
      #expect("\(String(describing: plain.failure))" == "\(String(describing: referring.failure))")
    }
  }
}
