import Support

/// What the elements of one spectrum say, collected until its end tag.
struct SpectrumRecord {
  var index = 0
  var id = ""
  /// The first `ms level` in the spectrum, as text; nil without one.
  var level: String?
  var scanTime: Param?
  var isProfile = false
  var declaredLength: Int?
  /// The first m/z and the first intensity array, as in pymzML.
  var mz: ArrayEncoding?
  var intensity: ArrayEncoding?

  mutating func take(_ param: Param) {
    switch param.term {
    case .msLevel: level = level ?? param.value
    case .scanStartTime: scanTime = scanTime ?? param
    case .profileSpectrum: isProfile = true
    default: break
    }
  }

  mutating func take(_ array: ArrayEncoding) {
    switch array.kind {
    case .mz: mz = mz ?? array
    case .intensity: intensity = intensity ?? array
    case nil: break
    }
  }

  /// Neither array has a character of data.
  var isEmpty: Bool {
    func has(_ array: ArrayEncoding?) -> Bool {
      array.map { $0.text != nil || $0.isBroken } ?? false
    }
    return !has(mz) && !has(intensity)
  }

  func place(in path: String) -> String {
    "\(path), spectrum \(index + 1)" + (id.isEmpty ? "" : " (\(id))")
  }

  /// - Throws: `Failure(.badData)` where the level is not a number.
  func isMS1(in path: String) throws -> Bool {
    guard let level else { return false }
    if let number = Int(level.trimmingSpaces) { return number == 1 }
    throw Failure(
      .badData, "the ms level", at: place(in: path), expected: "a whole number",
      found: "\"\(level)\"")
  }

  /// The scan start time in minutes; nil for a spectrum without time and without data.
  /// - Throws: `Failure(.badData)` where a spectrum with data has no usable time.
  func minutes(in path: String) throws -> Double? {
    guard let scanTime else {
      if isEmpty { return nil }
      throw Failure(
        .badData, "an MS1 spectrum has points but no scan start time", at: place(in: path),
        hint: "Without its time a spectrum belongs to no chromatogram. Convert the file again.")
    }
    guard let value = Double(scanTime.value.trimmingSpaces), value.isFinite else {
      throw Failure(
        .badData, "the scan start time", at: place(in: path), expected: "a number",
        found: "\"\(scanTime.value)\"")
    }
    guard let unit = scanTime.minutes else {
      throw Failure(
        .badData, "the unit of the scan start time", at: place(in: path),
        expected: "minute or second", found: scanTime.unit.isEmpty ? "none" : scanTime.unit)
    }
    return unit.minutes(value)
  }
}

extension String {
  /// Without white space at both ends.
  fileprivate var trimmingSpaces: String {
    func isPlain(_ byte: UInt8?) -> Bool { byte.map { $0 > 0x20 && $0 < 0x7F } ?? true }
    if isPlain(utf8.first) && isPlain(utf8.last) { return self }
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
