import CMzML

/// An open mzML file, element by element; closes itself.
struct MzMLStream: ~Copyable {
  /// What `next` tells.
  enum Event: Equatable {
    case start(Element)
    case end(Element)
    case endOfFile
    case stopped
  }

  enum Element: UInt32 {
    case otherRoot = 1
    case mzML, paramGroup, paramGroupReference, spectrumList, spectrum, chromatogram
    case binaryDataArray, binary, cvParam
  }

  private let file: OpaquePointer

  /// - Throws: `Failure(.internalError)` without memory; what is wrong with the file is told by the
  ///   first `next`.
  init(path: String) throws {
    guard let file = cmzml_open(path) else { throw MzMLFailure.noMemory(path) }
    self.file = file
  }

  deinit { cmzml_close(file) }

  func next() -> Event {
    let code = cmzml_next(file)
    if code == 0 { return .endOfFile }
    guard code != CMZML_STOPPED, let element = Element(rawValue: UInt32(abs(code))) else {
      return .stopped
    }
    return code > 0 ? .start(element) : .end(element)
  }

  var problem: cmzml_problem { cmzml_problem_of(file) }
  var systemError: Int32 { cmzml_system_error(file) }
  var message: String { String(cString: cmzml_xml_message(file)) }
  var name: String { String(cString: cmzml_name(file)) }

  /// The first bytes of the file, unpacked.
  var firstBytes: [UInt8] {
    var count = 0
    let bytes = cmzml_first_bytes(file, &count)
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// An attribute of the element just told.
  func attribute(_ name: StaticString) -> String? {
    let value = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
    return cmzml_attribute(file, value).map { String(cString: $0) }
  }

  /// A whole number among the attributes; nil also where it is none.
  func count(_ name: StaticString) -> Int? {
    attribute(name).flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The cvParam just told, valid until the next `next`.
  var param: cmzml_param { cmzml_read_param(file) }

  /// The encoded text of the `binary` just told.
  var encoded: cmzml_encoded { cmzml_read_binary(file) }

  /// The text's characters, valid until the next `next` or `drop`, or until they are decoded in
  /// their place. Nil where they are gone.
  func text(_ encoded: EncodedText) -> UnsafeMutableBufferPointer<CChar>? {
    cmzml_text(file, encoded.number).map {
      UnsafeMutableBufferPointer(start: $0, count: encoded.length)
    }
  }

  /// Nobody will ask for the text again.
  func drop(_ encoded: EncodedText) { cmzml_drop_text(file, encoded.number) }
}

/// Where the stream keeps an array's base64 until the spectrum is complete.
struct EncodedText {
  var number: Int64
  var length: Int
}
