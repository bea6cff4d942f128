import Collectives

extension CollectivesSuite {
  /// Scales of the parts' lengths: the largest has more than 2^20 bytes on the last of 8 ranks.
  private static let scales = [0, 1, 1_000, 70_001, 300_001]

  func gather() throws {
    for root in 0..<world.size {
      for scale in Self.scales {
        let counts = unevenCounts(scale)
        let part = patternBytes(world.rank, root, counts[world.rank])
        let isRoot = world.rank == root
        var whole = [UInt8](repeating: 0xAA, count: isRoot ? counts.reduce(0, +) : 0)
        try part.withUnsafeBytes { part in
          try whole.withUnsafeMutableBytes {
            try world.gather(part, counts: counts, into: isRoot ? $0 : nil, root: root)
          }
        }
        let expected = isRoot ? counts.indices.flatMap { patternBytes($0, root, counts[$0]) } : []
        expect(whole == expected, "root \(root), scale \(scale)")
      }
    }
  }

  func scatter() throws {
    for root in 0..<world.size {
      for scale in Self.scales {
        let counts = unevenCounts(scale)
        let isRoot = world.rank == root
        let whole = isRoot ? counts.indices.flatMap { patternBytes(root, $0, counts[$0]) } : []
        var part = [UInt8](repeating: 0xAA, count: counts[world.rank])
        try whole.withUnsafeBytes { whole in
          try part.withUnsafeMutableBytes {
            try world.scatter(isRoot ? whole : nil, counts: counts, into: $0, root: root)
          }
        }
        let expected = patternBytes(root, world.rank, counts[world.rank])
        expect(part == expected, "root \(root), scale \(scale)")
      }
    }
  }

  /// Bytes from one rank to another: uneven, some none.
  private func length(from: Int, to: Int, scale: Int) -> Int {
    (from + 2 * to) % 4 == 3 ? 0 : (from * 3 + to) * scale / 8 + from + 1
  }

  func allToAll() throws {
    for scale in Self.scales {
      let (me, ranks) = (world.rank, 0..<world.size)
      let sendCounts = ranks.map { length(from: me, to: $0, scale: scale) }
      let receiveCounts = ranks.map { length(from: $0, to: me, scale: scale) }
      let send = ranks.flatMap { patternBytes(me, $0, sendCounts[$0]) }
      var receive = [UInt8](repeating: 0xAA, count: receiveCounts.reduce(0, +))
      try send.withUnsafeBytes { send in
        try receive.withUnsafeMutableBytes {
          try world.allToAll(
            send, sendCounts: sendCounts, into: $0, receiveCounts: receiveCounts)
        }
      }
      let expected = ranks.flatMap { patternBytes($0, me, receiveCounts[$0]) }
      expect(receive == expected, "scale \(scale)")
    }
  }
}
