import CInflate
import CMzML
import Glibc

/// Decodes one array at a time, into memory that it uses again for the next.
struct ArrayDecoder: ~Copyable {
  /// The most values an array may have: twice the longest transients of today's instruments.
  static let maximumLength = 1 << 24

  private var doubles = Storage()
  private var packed = Storage()

  /// What the last call made; valid until the next.
  private(set) var values = UnsafeBufferPointer<Double>(start: nil, count: 0)
  private(set) var isSinglePrecision = false

  init() {}

  /// Nobody looks at `values` again. Of a spectrum with millions of points memory goes back: the next
  /// one's text needs it.
  mutating func finish() {
    clear()
    doubles.shrink()
    packed.shrink()
  }

  /// An array without data.
  mutating func clear() {
    values = UnsafeBufferPointer(start: nil, count: 0)
    isSinglePrecision = true
  }

  /// Decodes a text, and leaves the result in `values`. Where there is more to do than base64, the
  /// text's own memory takes the bytes.
  /// - Throws: `DataProblem` where the text is not what the encoding says.
  mutating func decode(
    _ text: UnsafeMutableBufferPointer<CChar>, as encoding: ArrayEncoding
  ) throws {
    clear()
    isSinglePrecision = encoding.number == .single && encoding.numpress == nil
    guard let start = text.baseAddress, text.count > 0 else { return }
    if let name = encoding.unknownCompression { throw DataProblem.unknownCompression(name) }
    let place = UnsafeMutableRawPointer(start).assumingMemoryBound(to: UInt8.self)
    if let numpress = encoding.numpress {
      var bytes = try Self.unpack(text, to: place)
      if bytes.isEmpty { return }
      if encoding.isDeflated {
        let room = try Self.room(for: bytes, encoding)
        try packed.reserve(room)
        bytes = try inflate(bytes, to: packed.start, room, encoding)
      }
      try expand(bytes, numpress)
    } else if encoding.isDeflated {
      let bytes = try Self.unpack(text, to: place)
      if bytes.isEmpty { return }
      let room = try Self.room(for: bytes, encoding)
      let target = try reserve(room, encoding.number)
      try convert(inflate(bytes, to: target, room, encoding), encoding.number)
    } else {
      let target = try reserve(text.count / 4 * 3 + 3, encoding.number)
      try convert(Self.unpack(text, to: target), encoding.number)
    }
  }

  private static func unpack(
    _ text: UnsafeMutableBufferPointer<CChar>, to target: UnsafeMutablePointer<UInt8>?
  ) throws -> UnsafeBufferPointer<UInt8> {
    let count = cmzml_base64(text.baseAddress, text.count, target)
    guard count >= 0 else { throw DataProblem.notBase64 }
    return UnsafeBufferPointer(start: target, count: count)
  }

  /// Room for numbers so that the doubles that they become end no sooner than they.
  private mutating func reserve(
    _ bytes: Int, _ number: ArrayEncoding.Number?
  ) throws -> UnsafeMutablePointer<UInt8>? {
    let isHalf = number == .single || number == .integer32
    let whole = (bytes + 7) / 8 * 8
    try doubles.reserve(isHalf ? 2 * whole : whole)
    return doubles.start.map { isHalf ? $0 + whole : $0 }
  }

  /// The most bytes that are taken from packed data: as many as the declared length can need. It may
  /// be a lie; the most that zlib packs into a byte is 1,032.
  private static func room(
    for packed: UnsafeBufferPointer<UInt8>, _ encoding: ArrayEncoding
  ) throws -> Int {
    guard let declared = encoding.declaredLength else { throw DataProblem.noDeclaredLength }
    guard declared <= maximumLength else { throw DataProblem.declaresTooMany(declared) }
    return min(mostBytes(of: declared, encoding), packed.count * 1032 + 64)
  }

  private func inflate(
    _ bytes: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<UInt8>?, _ room: Int,
    _ encoding: ArrayEncoding
  ) throws -> UnsafeBufferPointer<UInt8> {
    var made = 0
    let code = cinflate(CINFLATE_ZLIB, bytes.baseAddress, bytes.count, target, room, &made)
    switch Int(code) {
    case CINFLATE_DONE: return UnsafeBufferPointer(start: target, count: made)
    case CINFLATE_TOO_LONG: throw DataProblem.moreThanDeclared(encoding.declaredLength ?? 0)
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
    _ input: UnsafeBufferPointer<UInt8>, _ numpress: ArrayEncoding.Numpress
  ) throws {
    // A value takes at least half a byte (slof: two bytes).
    let capacity = min(Self.maximumLength, 2 * input.count)
    try doubles.reserve(8 * capacity)
    let out = doubles.values
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

  /// Numbers in `doubles`, where `reserve` said, become doubles at its start.
  private mutating func convert(
    _ bytes: UnsafeBufferPointer<UInt8>, _ number: ArrayEncoding.Number?
  ) throws {
    if bytes.isEmpty { return }
    let raw = UnsafeRawPointer(bytes.baseAddress)
    let out = doubles.values
    let count: Int
    switch number {
    case .double: count = try Self.count(bytes.count, size: 8)
    case .single:
      count = try Self.count(bytes.count, size: 4)
      cmzml_widen_floats(raw?.assumingMemoryBound(to: Float.self), count, out)
    case .integer32:
      count = try Self.count(bytes.count, size: 4)
      cmzml_widen_int32(raw?.assumingMemoryBound(to: Int32.self), count, out)
    case .integer64:
      count = try Self.count(bytes.count, size: 8)
      cmzml_widen_int64(raw?.assumingMemoryBound(to: Int64.self), count, out)
    case .other, nil: throw DataProblem.unknownNumber
    }
    values = UnsafeBufferPointer(start: out, count: count)
  }

  private static func count(_ bytes: Int, size: Int) throws -> Int {
    guard bytes % size == 0 else { throw DataProblem.notWhole(bytes: bytes, size: size) }
    guard bytes / size <= maximumLength else { throw DataProblem.tooLong }
    return bytes / size
  }
}

/// Memory that is used again, and frees itself. Aligned for any number.
private struct Storage: ~Copyable {
  private(set) var start: UnsafeMutablePointer<UInt8>?
  private var capacity = 0

  init() {}
  deinit { free(start) }

  var values: UnsafeMutablePointer<Double>? {
    start.map { UnsafeMutableRawPointer($0).assumingMemoryBound(to: Double.self) }
  }

  /// Keeps no more than is worth keeping.
  mutating func shrink() {
    guard capacity > 1 << 22 else { return }
    free(start)
    (start, capacity) = (nil, 0)
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
