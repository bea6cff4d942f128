import CMzML
import Glibc
import Support

/// What can be wrong with the data of one spectrum.
enum DataProblem: Error {
  case notBase64, notZlib, notNumpress
  case notWhole(bytes: Int, size: Int)
  case unknownCompression(String)
  case unknownNumber
  case noDeclaredLength
  case moreThanDeclared(Int)
  case tooLong
  case declaresTooMany(Int)
  case brokenText
  case noMemory
}

/// The failures of reading mzML, in words.
enum MzMLFailure {
  static let fetchAgain = "Copy or convert the file again."

  static func noMemory(_ path: String) -> Failure {
    Failure(.internalError, "there is not enough memory to read the file", at: path)
  }

  /// Why the stream stopped. `after` names the last spectrum that was whole.
  static func stopped(_ stream: borrowing MzMLStream, _ path: String, after: String?) -> Failure {
    let kind = FileKind(stream.firstBytes)
    if kind != .xml, [CMZML_CUT, CMZML_DOCTYPE, CMZML_MALFORMED].contains(stream.problem) {
      return foreign(path, kind.name, kind.hint)
    }
    let reason = String(cString: strerror(stream.systemError))
    let last = after.map { "\($0) as the last whole spectrum" } ?? "no whole spectrum"
    switch stream.problem {
    case CMZML_OPEN_FAILED:
      let isMissing = stream.systemError == ENOENT
      return Failure(
        isMissing ? .missingInput : .inputOutput, "cannot be opened", at: path, found: reason)
    case CMZML_READ_FAILED: return Failure(.inputOutput, "cannot be read", at: path, found: reason)
    case CMZML_NO_MEMORY: return noMemory(path)
    case CMZML_EMPTY: return Failure(.badData, "is empty", at: path, hint: fetchAgain)
    case CMZML_GZIP_CUT, CMZML_CUT:
      return Failure(.badData, "is cut short", at: path, found: last, hint: fetchAgain)
    case CMZML_GZIP_DAMAGED:
      return Failure(
        .badData, "is damaged", at: path, expected: "gzip data", found: last, hint: fetchAgain)
    case CMZML_WIDE_CHARACTERS:
      return Failure(
        .badData, "is not in an encoding that mzML files have", at: path,
        expected: "UTF-8 or ISO-8859-1", found: "UTF-16 or UTF-32", hint: "Convert it again.")
    case CMZML_DOCTYPE:
      return Failure(
        .badData, "has a document type declaration (DOCTYPE), which no mzML file has", at: path,
        hint: "It was not looked at any further. Convert the file again.")
    case CMZML_TEXT_TOO_LONG:
      return Failure(
        .badData, "has more data in one spectrum than can be right", at: path,
        expected: "at most \(ArrayDecoder.maximumLength) points", found: last)
    default:
      return Failure(
        .badData, "is damaged: it is not well-formed XML", at: path,
        found: stream.message.isEmpty ? last : "\(stream.message); \(last)", hint: fetchAgain)
    }
  }

  static func foreign(_ path: String, _ found: String, _ hint: String? = nil) -> Failure {
    Failure(
      .badData, "is not an mzML file", at: path, expected: "mzML or indexed mzML, plain or gzip",
      found: found, hint: hint ?? FileKind.convert)
  }

  /// An XML file with another root element.
  static func foreign(_ path: String, root: String) -> Failure {
    switch root {
    case "mzXML", "msRun": foreign(path, "mzXML")
    case "mzData": foreign(path, "mzData")
    case "html": foreign(path, "a web page", FileKind.download)
    default: foreign(path, "XML with the root element <\(root)>")
    }
  }

  static func spectrum(_ problem: DataProblem, _ array: String, at place: String) -> Failure {
    func bad(_ what: String, _ expected: String? = nil, _ found: String? = nil) -> Failure {
      Failure(.badData, what, at: place, expected: expected, found: found)
    }
    switch problem {
    case .notBase64: return bad("the \(array) array is not base64")
    case .notZlib: return bad("the \(array) array is not whole zlib data")
    case .notNumpress: return bad("the \(array) array is not whole MS-Numpress data")
    case .notWhole(let bytes, let size):
      return bad("the \(array) array", "numbers of \(size) bytes each", "\(bytes) bytes")
    case .unknownCompression(let name):
      return bad(
        "the \(array) array is compressed in a way that is not read here",
        "none, zlib or MS-Numpress", "\"\(name)\"")
    case .unknownNumber:
      return bad(
        "the \(array) array does not say which numbers it holds, or says something else",
        "32-bit float, 64-bit float, 32-bit integer or 64-bit integer")
    case .noDeclaredLength:
      return bad(
        "the \(array) array is compressed and its spectrum has no usable defaultArrayLength")
    case .moreThanDeclared(let count):
      return bad("the \(array) array", "\(count) values, as it declares", "more")
    case .tooLong:
      return bad("the \(array) array", "at most \(ArrayDecoder.maximumLength) values", "more")
    case .declaresTooMany(let count):
      return bad(
        "the \(array) array", "at most \(ArrayDecoder.maximumLength) values",
        "\(count), as it declares")
    case .brokenText: return bad("the data of the \(array) array is interrupted by markup")
    case .noMemory: return noMemory(place)
    }
  }
}
