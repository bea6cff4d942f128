import Foundation

/// Distinct texts in the order in which they were first seen, found by their bytes: a name that is
/// known costs neither a text nor an allocation. Tables name the same samples and features in
/// every row.
///
/// Texts that Swift takes for equal (`é` in one code point or in two) are one name, spelt as it was
/// first seen.
public struct NameTable: Sendable {
  public private(set) var all: [String] = []
  /// An open-addressing hash table of a power of two, never more than half full: the upper half of a
  /// hash, and 1 + the name's index; 0 where there is none.
  private var slots: [UInt64] = Array(repeating: 0, count: 16)
  /// The names' keys one behind another, and where each ends.
  private var keys: [UInt8] = []
  private var ends: [Int] = []
  private var hasQuotes = false

  public init() {}

  public var count: Int { all.count }

  /// The name's index, from 0; it is added if it is new.
  public mutating func index(of text: String) -> Int {
    var key = Self.key(text)
    return key.withUTF8 { key in
      let hash = Self.hash(key)
      if let known = find(key, hash) { return known }
      insert(key, hash)
      all.append(text)
      return all.count - 1
    }
  }

  /// The name's index, or nil.
  public func find(_ text: String) -> Int? {
    var key = Self.key(text)
    return key.withUTF8 { find($0, Self.hash($0)) }
  }

  /// The index of the name that a table's cell holds, told from its raw bytes. Nil where that is not
  /// certain, as for a name not seen yet: then the cell's text tells.
  public func find(cell: UnsafeBufferPointer<UInt8>) -> Int? {
    // The cell `""` holds one quote, and is not the name of two.
    hasQuotes ? nil : find(cell, Self.hash(cell))
  }

  // MARK: The hash table

  /// The same text for all that are equal.
  private static func key(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 } ? text : text.precomposedStringWithCanonicalMapping
  }

  private func find(_ key: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int? {
    let mask = slots.count - 1
    var position = Int(truncatingIfNeeded: hash >> 32) & mask
    while slots[position] != 0 {
      let slot = slots[position]
      if slot >> 32 == hash >> 32 {
        let index = Int(slot & 0xFFFF_FFFF) - 1
        let start = index == 0 ? 0 : ends[index - 1]
        if ends[index] - start == key.count, isKey(key, at: start) { return index }
      }
      position = (position + 1) & mask
    }
    return nil
  }

  private func isKey(_ key: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
    guard let bytes = key.baseAddress, key.count > 0 else { return true }
    return keys.withUnsafeBytes { keys in
      keys.baseAddress.map { memcmp($0 + start, bytes, key.count) == 0 } ?? false
    }
  }

  private mutating func insert(_ key: UnsafeBufferPointer<UInt8>, _ hash: UInt64) {
    if 2 * (ends.count + 1) > slots.count { grow() }
    keys.append(contentsOf: key)
    ends.append(keys.count)
    hasQuotes = hasQuotes || key.contains(UInt8(ascii: "\""))
    Self.put(hash & ~0xFFFF_FFFF | UInt64(ends.count), into: &slots)
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: 0, count: 2 * slots.count)
    for slot in slots where slot != 0 { Self.put(slot, into: &larger) }
    slots = larger
  }

  private static func put(_ slot: UInt64, into slots: inout [UInt64]) {
    let mask = slots.count - 1
    var position = Int(truncatingIfNeeded: slot >> 32) & mask
    while slots[position] != 0 { position = (position + 1) & mask }
    slots[position] = slot
  }

  // MARK: The hash

  /// Differs from run to run, so that no file can be made of names that all collide. Nothing depends
  /// on it but time.
  private static let seed = UInt64.random(in: 0 ... .max)

  /// Eight bytes at a time, multiplied into 128 bits whose halves are mixed.
  private static func hash(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let bytes = UnsafeRawBufferPointer(key)
    var hash = seed ^ UInt64(key.count)
    var position = 0
    while position + 8 <= bytes.count {
      hash = mixed(hash ^ bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    var rest: UInt64 = 0
    while position < bytes.count {
      rest = rest << 8 | UInt64(bytes[position])
      position += 1
    }
    return mixed(hash ^ rest)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }
}
