import Collectives
import Foundation

extension CollectivesSuite {
  /// Nobody leaves before the last has come.
  func barrier() throws {
    for late in 0..<world.size {
      var came = 0.0
      try world.barrier()
      if late == world.rank {
        usleep(20_000)
        came = clock()
      }
      try world.barrier()
      let left = clock()
      try withUnsafeMutablePointer(to: &came) {
        try world.allReduce(UnsafeMutableBufferPointer(start: $0, count: 1), .max)
      }
      expect(left >= came, "left \(came - left) s before rank \(late) came")
    }
  }

  /// Seconds of the host's clock, which the ranks of one host share.
  private func clock() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  func broadcast() throws {
    for root in 0..<world.size {
      for length in Self.lengths {
        let expected = patternBytes(root, 0, length)
        var bytes = world.rank == root ? expected : [UInt8](repeating: 0xAA, count: length)
        try bytes.withUnsafeMutableBytes { try world.broadcast($0, root: root) }
        expect(bytes == expected, "root \(root), length \(length)")
      }
    }
  }
}
