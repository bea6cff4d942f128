import Foundation
import Support

/// Draws the same damage for the same seed on every machine (SplitMix64, Steele et al. 2014).
struct MutationDraws: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// One way to damage a file.
enum Mutation: CaseIterable {
  case flip, overwrite, cut, remove, duplicate, swap, number, term, splice

  /// Applies it once, at a place drawn from `draws`.
  func apply(_ bytes: inout [UInt8], _ draws: inout MutationDraws) {
    guard bytes.count > 8 else { return }
    let at = Int.random(in: 0..<bytes.count, using: &draws)
    let length = min(Int.random(in: 1...2000, using: &draws), bytes.count - at)
    switch self {
    case .flip: bytes[at] ^= UInt8(1 << Int.random(in: 0..<8, using: &draws))
    case .overwrite: bytes[at] = UInt8.random(in: 0...255, using: &draws)
    case .cut: bytes.removeSubrange(at...)
    case .remove: bytes.removeSubrange(at..<(at + length))
    case .duplicate: bytes.insert(contentsOf: bytes[at..<(at + length)], at: at)
    case .swap:
      let other = Int.random(in: 0..<bytes.count, using: &draws)
      bytes.swapAt(at, other)
    case .number: Self.replaceNumber(&bytes, from: at, &draws)
    case .term: Self.replaceTerm(&bytes, from: at, &draws)
    case .splice:
      let pieces = [
        "<binary>", "</binary>", "<spectrum>", "</spectrum>", "<!--", "-->", "<![CDATA[", "&#0;",
        "<!DOCTYPE a>", "\0", "]]>", "\"", "<a b='", "<binary>#0</binary>", "#1", "=", "/>",
      ]
      bytes.insert(contentsOf: Array(pieces.randomElement(using: &draws)?.utf8 ?? "".utf8), at: at)
    }
  }

  /// Another number in place of the next attribute that is one.
  private static func replaceNumber(
    _ bytes: inout [UInt8], from at: Int, _ draws: inout MutationDraws
  ) {
    let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
    let quote = UInt8(ascii: "\"")
    guard
      let start = bytes.indices.dropFirst(at).dropLast().first(where: {
        bytes[$0] == quote && isDigit(bytes[$0 + 1])
      }), let end = bytes[(start + 1)...].firstIndex(of: quote)
    else { return }
    let numbers = [
      "0", "-1", "1", "2147483648", "4294967296", "18446744073709551616", "1e308", "nan", "", "7",
      "99999999", "0x10", "16777216",
    ]
    let number = numbers.randomElement(using: &draws) ?? "0"
    bytes.replaceSubrange((start + 1)..<end, with: Array(number.utf8))
  }

  /// Another encoding in place of the next "MS:1000…".
  private static func replaceTerm(
    _ bytes: inout [UInt8], from at: Int, _ draws: inout MutationDraws
  ) {
    let mark = Array("\"MS:".utf8)
    guard
      let start = bytes.indices.dropFirst(at).dropLast(12).first(where: {
        bytes[$0..<($0 + 4)].elementsEqual(mark)
      })
    else { return }
    let terms = [
      1_000_574, 1_000_576, 1_002_312, 1_002_313, 1_002_314, 1_002_746, 1_002_747, 1_002_748,
      1_000_519, 1_000_521, 1_000_522, 1_000_523, 1_000_128, 1_000_514, 1_000_515, 1_000_511,
    ]
    let term = terms.randomElement(using: &draws) ?? 1_000_574
    bytes.replaceSubrange((start + 4)..<(start + 11), with: Array("\(term)".utf8))
  }
}
