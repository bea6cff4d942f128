import CMzML
import Glibc

/// The terms of the PSI-MS vocabulary that matter here, by the digits of their accessions.
enum Term: Int32 {
  case msLevel = 1_000_511
  case scanStartTime = 1_000_016
  case profileSpectrum = 1_000_128

  case mzArray = 1_000_514
  case intensityArray = 1_000_515

  case halfPrecision = 1_000_520
  case singlePrecision = 1_000_521
  case doublePrecision = 1_000_523
  case integer32 = 1_000_519
  case integer64 = 1_000_522
  case asciiString = 1_001_479

  case zlib = 1_000_574
  case noCompression = 1_000_576
  case numpressLinear = 1_002_312
  case numpressPic = 1_002_313
  case numpressSlof = 1_002_314
  case numpressLinearZlib = 1_002_746
  case numpressPicZlib = 1_002_747
  case numpressSlofZlib = 1_002_748
}

/// A cvParam that may matter.
struct Param: Sendable {
  var term: Term?
  /// The value's text; only for terms that have one worth keeping.
  var value = ""
  /// Minutes in one of the scan time's unit; nil where the unit is missing or unknown.
  var minutes: TimeUnit?
  /// Of the unit, as the file spells it.
  var unit = ""
  /// The name, where the term is not known and calls itself a compression.
  var unknownCompression: String?

  init(_ raw: cmzml_param) {
    term = Term(rawValue: raw.accession)
    switch term {
    case .msLevel: value = Param.text(raw.value)
    case .scanStartTime:
      value = Param.text(raw.value)
      unit = Param.text(raw.unit_name)
      minutes = TimeUnit(name: unit, accession: Param.text(raw.unit_accession))
    case nil:
      if let name = raw.name, strstr(name, "compression") != nil {
        unknownCompression = Param.text(name)
      }
    default: break
    }
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }
}

/// Units of time that files use.
enum TimeUnit: Sendable {
  case millisecond, second, minute, hour

  /// By name, as pymzML does, or else by accession.
  init?(name: String, accession: String) {
    switch (name.lowercased(), accession) {
    case ("minute", _), ("", "UO:0000031"), ("", "MS:1000038"): self = .minute
    case ("second", _), ("", "UO:0000010"), ("", "MS:1000039"): self = .second
    case ("millisecond", _), ("", "UO:0000028"): self = .millisecond
    case ("hour", _), ("", "UO:0000032"): self = .hour
    default: return nil
    }
  }

  /// In pymzML's order of operations.
  func minutes(_ value: Double) -> Double {
    switch self {
    case .millisecond: value / 1000 / 60
    case .second: value / 60
    case .minute: value
    case .hour: value * 60
    }
  }
}
