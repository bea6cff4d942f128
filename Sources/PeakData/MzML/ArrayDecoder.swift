import CInflate
import CMzML
import Glibc

/// Decodes one array at a time, into memory that it uses again for the next.
struct ArrayDecoder: ~Copyable {
  /// The most values an array may have: twice the longest transients of today's instruments.
  static let maximumLength = 1 << 24

  private var bytes = Storage()
  private var inflated = Storage()
  private var converted = Storage()

  /// What the last call made; valid until the next.
  private(set) var values = UnsafeBufferPointer<Double>(start: nil, count: 0)
  private(set) var isSinglePrecision = false

  init() {}

  /// An array without data.
  mutating func clear() {
    values = UnsafeBufferPointer(start: nil, count: 0)
    isSinglePrecision = true
  }

  /// Decodes a text, and leaves the result in `values`.
  /// - Throws: `DataProblem` where the text is not what the encoding says.
  mutating func decode(_ text: UnsafeBufferPointer<CChar>, as encoding: ArrayEncoding) throws {
    clear()
    isSinglePrecision = encoding.number == .single && encoding.numpress == nil
    if text.isEmpty { return }
    if let name = encoding.unknownCompression { throw DataProblem.unknownCompression(name) }
    let room = text.count / 4 * 3 + 3
    try bytes.reserve(room)
    let count = cmzml_base64(text.baseAddress, text.count, bytes.start)
    guard count >= 0 else { throw DataProblem.notBase64 }
    if count == 0 { return }
    var raw = UnsafeRawBufferPointer(start: bytes.start, count: count)
    if encoding.isDeflated { raw = try inflate(raw, encoding) }
    if let numpress = encoding.numpress {
      try expand(raw, numpress)
    } else {
      try convert(raw, encoding.number)
    }
  }

  /// At most as many bytes as the declared length can need.
  private mutating func inflate(
    _ raw: UnsafeRawBufferPointer, _ encoding: ArrayEncoding
  ) throws -> UnsafeRawBufferPointer {
    guard let declared = encoding.declaredLength else { throw DataProblem.noDeclaredLength }
    guard declared <= Self.maximumLength else { throw DataProblem.declaresTooMany(declared) }
    let size = Self.mostBytes(of: declared, encoding)
    // What is declared may be a lie; the most that zlib packs into a byte is 1,032.
    let capacity = min(size, raw.count * 1032 + 64)
    try inflated.reserve(capacity)
    var made = 0
    let bytes = raw.bindMemory(to: UInt8.self)
    let code = cinflate(
      CINFLATE_ZLIB, bytes.baseAddress, bytes.count, inflated.start, capacity, &made)
    switch Int(code) {
    case CINFLATE_DONE: return UnsafeRawBufferPointer(start: inflated.start, count: made)
    case CINFLATE_TOO_LONG: throw DataProblem.moreThanDeclared(declared)
    case CINFLATE_NO_MEMORY: throw DataProblem.noMemory
    default: throw DataProblem.notZlib
    }
  }

  /// Numpress takes up to nine half bytes a value, and 16 bytes in front.
  private static func mostBytes(of count: Int, _ encoding: ArrayEncoding) -> Int {
    switch encoding.numpress {
    case .slof: return 8 + 2 * count
    case .linear, .pic: return 16 + 5 * count
    case nil: break
    }
    switch encoding.number {
    case .single, .integer32: return 4 * count
    default: return 8 * count
    }
  }

  private mutating func expand(
    _ raw: UnsafeRawBufferPointer, _ numpress: ArrayEncoding.Numpress
  ) throws {
    // A value takes at least half a byte (slof: two bytes).
    let capacity = min(Self.maximumLength, 2 * raw.count)
    try converted.reserve(8 * capacity)
    let input = raw.bindMemory(to: UInt8.self)
    let out = converted.doubles
    let count =
      switch numpress {
      case .linear: cmzml_numpress_linear(input.baseAddress, input.count, out, capacity)
      case .pic: cmzml_numpress_pic(input.baseAddress, input.count, out, capacity)
      case .slof: cmzml_numpress_slof(input.baseAddress, input.count, out, capacity)
      }
    if count == -2 { throw DataProblem.tooLong }
    guard count >= 0 else { throw DataProblem.notNumpress }
    values = UnsafeBufferPointer(start: out, count: count)
  }

  private mutating func convert(
    _ raw: UnsafeRawBufferPointer, _ number: ArrayEncoding.Number?
  ) throws {
    switch number {
    case .double:
      try check(raw.count, size: 8)
      values = raw.assumingMemoryBound(to: Double.self)
    case .single: try convert(raw, Float.self, Double.init)
    case .integer32: try convert(raw, Int32.self, Double.init)
    case .integer64: try convert(raw, Int64.self, Double.init)
    case .other, nil: throw DataProblem.unknownNumber
    }
  }

  private mutating func convert<Number>(
    _ raw: UnsafeRawBufferPointer, _ type: Number.Type, _ double: (Number) -> Double
  ) throws {
    try check(raw.count, size: MemoryLayout<Number>.size)
    let numbers = raw.assumingMemoryBound(to: type)
    try converted.reserve(8 * numbers.count)
    guard let out = converted.doubles else { return }
    for index in 0..<numbers.count { out[index] = double(numbers[index]) }
    values = UnsafeBufferPointer(start: out, count: numbers.count)
  }

  private func check(_ bytes: Int, size: Int) throws {
    guard bytes % size == 0 else { throw DataProblem.notWhole(bytes: bytes, size: size) }
    guard bytes / size <= Self.maximumLength else { throw DataProblem.tooLong }
  }
}

/// Memory that only grows, and frees itself. Aligned for any number.
private struct Storage: ~Copyable {
  private(set) var start: UnsafeMutablePointer<UInt8>?
  private var capacity = 0

  init() {}
  deinit { free(start) }

  var doubles: UnsafeMutablePointer<Double>? {
    start.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Double.self) }
  }

  /// Room for `count` bytes; what was there is lost.
  mutating func reserve(_ count: Int) throws {
    guard count > capacity else { return }
    free(start)
    (start, capacity) = (nil, 0)
    guard let memory = malloc(count) else { throw DataProblem.noMemory }
    start = memory.assumingMemoryBound(to: UInt8.self)
    capacity = count
  }
}
