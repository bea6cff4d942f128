/// How a binaryDataArray is encoded, collected from its params.
struct ArrayEncoding {
  enum Kind { case mz, intensity }
  enum Number { case single, double, integer32, integer64, other }
  enum Numpress { case linear, pic, slof }

  /// What it holds; nil for all arrays but these two.
  var kind: Kind?
  var number: Number?
  var numpress: Numpress?
  var isDeflated = false
  var unknownCompression: String?
  /// `arrayLength`, or else the spectrum's `defaultArrayLength`: what the file says, not what it has.
  var declaredLength: Int?
  var text: EncodedText?
  var isBroken = false

  mutating func take(_ param: Param) {
    if let name = param.unknownCompression { unknownCompression = name }
    switch param.term {
    case .mzArray: kind = kind ?? .mz
    case .intensityArray: kind = kind ?? .intensity
    case .singlePrecision: number = number ?? .single
    case .doublePrecision: number = number ?? .double
    case .integer32: number = number ?? .integer32
    case .integer64: number = number ?? .integer64
    case .halfPrecision, .asciiString: number = number ?? .other
    case .zlib: isDeflated = true
    case .numpressLinear: numpress = .linear
    case .numpressPic: numpress = .pic
    case .numpressSlof: numpress = .slof
    case .numpressLinearZlib: (numpress, isDeflated) = (.linear, true)
    case .numpressPicZlib: (numpress, isDeflated) = (.pic, true)
    case .numpressSlofZlib: (numpress, isDeflated) = (.slof, true)
    default: break
    }
  }
}
