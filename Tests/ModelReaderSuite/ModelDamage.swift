import Support

/// Damages the bytes of a model, mostly where the file's own structure is: superblock, object
/// headers, heaps, B-trees and symbol tables ("HDF5 File Format Specification Version 3.0"), or the
/// entries of a zip. The same seed and number give the same damage everywhere.
struct ModelDamage: CustomStringConvertible {
  private var draws: PhiloxSequence
  private var bytes: [UInt8]
  private let structure: [Int]
  /// What was done.
  private(set) var kinds: [Kind] = []

  var description: String { kinds.map { "\($0)" }.joined(separator: ", ") }

  enum Kind: CaseIterable {
    case flip, overwrite, copyBlock, cut, remove, insert
    case extremeNumber, swapAddresses, message, text
  }

  init(seed: UInt64, file: UInt32, _ bytes: [UInt8]) {
    draws = PhiloxSequence(seed: seed, stream: .simulation, a: file, b: 0x6D6F_646C)
    self.bytes = bytes
    structure = Self.structure(of: bytes)
  }

  /// One to four times.
  mutating func apply() -> [UInt8] {
    let times = 1 + Int(draws.nextIndex(below: 4))
    for _ in 0..<times where bytes.count > 64 {
      let kind = Kind.allCases[below(Kind.allCases.count)]
      kinds.append(kind)
      apply(kind, at: place())
    }
    return bytes
  }

  private mutating func below(_ bound: Int) -> Int { Int(draws.nextIndex(below: UInt32(bound))) }

  /// Where structures start: the file itself, every signature, and what looks like the header of an
  /// object in the old format (version 1, and one link to it).
  private static func structure(of bytes: [UInt8]) -> [Int] {
    let signatures = [
      "TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "PK",
    ].map { Array($0.utf8) }
    let starts = bytes.indices.dropLast(16).filter { at in
      if signatures.contains(where: { bytes[at...].starts(with: $0) }) { return true }
      return at % 8 == 0 && bytes[at] == 1 && bytes[at + 1] == 0 && bytes[at + 4] == 1
        && bytes[at + 5] == 0 && bytes[at + 6] == 0 && bytes[at + 7] == 0 && bytes[at + 3] == 0
    }
    return [0] + starts
  }

  /// Three of four times within 160 bytes of the start of a structure, else anywhere.
  private mutating func place() -> Int {
    let anywhere = below(bytes.count)
    guard below(4) != 0 else { return anywhere }
    let start = structure[below(structure.count)]
    return min(start + below(160), bytes.count - 1)
  }

  private mutating func apply(_ kind: Kind, at place: Int) {
    let length = min(1 + below(400), bytes.count - place)
    switch kind {
    case .flip: bytes[place] ^= 1 << UInt8(below(8))
    case .overwrite: bytes[place] = UInt8(below(256))
    case .copyBlock:
      let from = below(bytes.count - length + 1)
      bytes.replaceSubrange(place..<(place + length), with: Array(bytes[from..<(from + length)]))
    case .cut: if below(8) == 0 { bytes.removeSubrange(place...) }
    case .remove: bytes.removeSubrange(place..<(place + length))
    case .insert:
      let from = below(bytes.count - length + 1)
      bytes.insert(contentsOf: Array(bytes[from..<(from + length)]), at: place)
    case .extremeNumber: writeExtreme(at: place)
    case .swapAddresses: swapAddresses(near: place)
    case .message: writeMessage(at: place / 8 * 8)
    case .text: writeText(near: place)
    }
  }

  private mutating func write(_ value: UInt64, width: Int, at place: Int) {
    for index in 0..<width where place + index < bytes.count {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  /// A length, count or address that is as wrong as can be.
  private mutating func writeExtreme(at place: Int) {
    let width = [1, 2, 4, 8][below(4)]
    let size = UInt64(bytes.count)
    let values: [UInt64] = [
      0, 1, 2, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, .max, .max / 2, size,
      size - 1, size - 8, size + 1, UInt64(place), UInt64(place / 8 * 8), size / 2,
      UInt64(structure[below(structure.count)]), .max - 7, 1 << 40,
    ]
    write(values[below(values.count)], width: width, at: width == 1 ? place : place / width * width)
  }

  private func number(at place: Int) -> UInt64 {
    bytes[place..<(place + 8)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Puts one address of the file in place of another: circles, and things taken for others.
  private mutating func swapAddresses(near place: Int) {
    let size = UInt64(bytes.count)
    let places = stride(from: place / 8 * 8, to: min(place + 512, bytes.count - 8), by: 8)
      .filter { (16..<size).contains(number(at: $0)) }
    guard !places.isEmpty else { return }
    let target = places[below(places.count)]
    let source = structure[below(structure.count)]
    write(UInt64(source), width: 8, at: target)
  }

  /// A header message: its type, size and flags.
  private mutating func writeMessage(at place: Int) {
    write(UInt64(below(0x19)), width: 2, at: place)
    if below(2) == 0 {
      write(UInt64([0, 4, 8, 16, 64, 0xFFF8, 0xFFFF][below(7)]), width: 2, at: place + 2)
    }
    if below(2) == 0 { write(UInt64(below(256)), width: 1, at: place + 4) }
  }

  /// Other numbers and brackets in the descriptions of network and optimizer.
  private mutating func writeText(near place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard
      let start = bytes.indices[place...].first(where: {
        digits.contains(bytes[$0]) && $0 > 0 && bytes[$0 - 1] == UInt8(ascii: " ")
      })
    else { return }
    let texts = ["-1", "0", "99999999", "1e99", "[[[[", "null", "{}", "\"\"", "1.5", "\0", "]"]
    let text = Array(texts[below(texts.count)].utf8)
    bytes.replaceSubrange(start..<min(start + text.count, bytes.count), with: text)
  }
}
