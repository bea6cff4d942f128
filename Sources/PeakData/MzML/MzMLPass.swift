import Support

/// One pass over a file: the elements it meets become spectra.
struct MzMLPass: ~Copyable {
  private let path: String
  private let stream: MzMLStream
  private var decoder = SpectrumDecoder()
  private var summary = RunSummary()

  /// Params by the id of their referenceableParamGroup.
  private var groups: [String: ParamGroup] = [:]
  private var group: String?
  private var spectrum: SpectrumRecord?
  private var array: ArrayEncoding?
  private var spectrumCount = 0
  private var lastWhole: String?

  init(path: String) throws {
    self.path = path
    stream = try MzMLStream(path: path)
  }

  mutating func run(
    wants: (Double) -> Bool, _ body: (MS1Spectrum) throws -> Void
  ) throws -> RunSummary {
    while true {
      switch stream.next() {
      case .start(let element): try start(element)
      case .end(.spectrum): try finishSpectrum(wants: wants, body)
      case .end(let element): end(element)
      case .endOfFile:
        summary.profilesWithoutPeaks = decoder.profilesWithoutPeaks
        summary.misnamedProfiles = decoder.misnamedProfiles
        return summary
      case .stopped: throw MzMLFailure.stopped(stream, path, after: lastWhole)
      }
    }
  }

  private mutating func start(_ element: MzMLStream.Element) throws {
    switch element {
    case .otherRoot: throw MzMLFailure.foreign(path, root: stream.name)
    case .mzML: break
    case .paramGroup:
      group = stream.attribute("id")
    case .paramGroupReference:
      guard let id = stream.attribute("ref"), let group = groups[id] else { break }
      for param in group.params { take(param) }
    case .spectrumList: summary.announcedSpectra = stream.count("count")
    case .spectrum:
      try refuseNesting("spectrum")
      spectrum = SpectrumRecord()
      spectrum?.index = spectrumCount
      spectrum?.id = stream.attribute("id") ?? ""
      spectrum?.declaredLength = stream.count("defaultArrayLength")
      spectrumCount += 1
    case .chromatogram:
      try refuseNesting("chromatogram")
      summary.chromatograms += 1
    case .binaryDataArray:
      guard spectrum != nil else { break }
      array = ArrayEncoding()
      array?.declaredLength = stream.count("arrayLength") ?? spectrum?.declaredLength
    case .binary:
      let encoded = stream.encoded
      array?.isBroken = encoded.is_broken != 0
      if encoded.number >= 0 {
        let text = EncodedText(number: encoded.number, length: encoded.length)
        if array == nil { stream.drop(text) }
        array?.text = text
      }
    case .cvParam: takeParam()
    }
  }

  /// The arrays of one would be taken for the other's.
  private func refuseNesting(_ element: String) throws {
    guard let spectrum else { return }
    throw Failure(
      .badData, "a \(element) begins before this spectrum ends", at: spectrum.place(in: path),
      hint: MzMLFailure.fetchAgain)
  }

  private mutating func takeParam() {
    guard spectrum != nil || group != nil else { return }
    let raw = stream.param
    if Term(rawValue: raw.accession) != nil || array != nil || group != nil { take(Param(raw)) }
  }

  private mutating func take(_ param: Param) {
    if let group {
      groups[group, default: ParamGroup()].take(param)
    } else if array != nil {
      array?.take(param)
    } else {
      spectrum?.take(param)
    }
  }

  private mutating func end(_ element: MzMLStream.Element) {
    switch element {
    case .paramGroup: group = nil
    case .binaryDataArray:
      if let array {
        if array.kind == nil, let text = array.text { stream.drop(text) }
        spectrum?.take(array)
      }
      array = nil
    default: break
    }
  }

  private mutating func finishSpectrum(
    wants: (Double) -> Bool, _ body: (MS1Spectrum) throws -> Void
  ) throws {
    guard let record = spectrum else { return }
    spectrum = nil
    array = nil
    guard try record.isMS1(in: path) else {
      summary.otherSpectra += 1
      lastWhole = record.id
      return
    }
    if let time = try record.minutes(in: path) {
      if wants(time) {
        try decoder.decode(record, at: time, from: stream, in: path, body)
      }
      summary.take(time)
    }
    summary.ms1Spectra += 1
    lastWhole = record.id
  }
}
