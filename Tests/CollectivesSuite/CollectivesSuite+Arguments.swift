import Collectives

// Wrong arguments are errors before MPI sees them: no rank is left waiting.
extension CollectivesSuite {
  func wrongRoots() throws {
    var byte = [UInt8(0)]
    let counts = [Int](repeating: 1, count: world.size)
    for root in [-1, world.size, Int.max] {
      expectFailure("MPI_Bcast", "no such root") {
        try byte.withUnsafeMutableBytes { try world.broadcast($0, root: root) }
      }
      expectFailure("MPI_Gatherv", "no such root") {
        try [UInt8(1)].withUnsafeBytes {
          try world.gather($0, counts: counts, into: nil, root: root)
        }
      }
      expectFailure("MPI_Scatterv", "no such root") {
        try byte.withUnsafeMutableBytes {
          try world.scatter(nil, counts: counts, into: $0, root: root)
        }
      }
    }
    expectFailure("MPI_Comm_split", "too large") { _ = try world.split(colour: 1 << 31) }
  }

  func wrongCounts() {
    let size = world.size
    let right = [Int](repeating: 2, count: size)
    var negative = right
    negative[size - 1] = -1
    let wrong = [
      (right + [2], "one number for each rank"), (Array(right.dropLast()), "one number for each"),
      (negative, "is not a length"),
      ([Int](repeating: 3, count: size), "does not have the length"),
    ]
    var part = [UInt8](repeating: 0, count: 2)
    var whole = [UInt8](repeating: 0, count: 2 * size)
    for (counts, what) in wrong {
      part.withUnsafeMutableBytes { part in
        whole.withUnsafeMutableBytes { whole in
          expectFailure("MPI_Gatherv", what) {
            try world.gather(
              UnsafeRawBufferPointer(part), counts: counts, into: whole, root: world.rank)
          }
          expectFailure("MPI_Scatterv", what) {
            try world.scatter(
              UnsafeRawBufferPointer(whole), counts: counts, into: part, root: world.rank)
          }
          let constant = UnsafeRawBufferPointer(whole)
          expectFailure("MPI_Alltoallv", what) {
            try world.allToAll(constant, sendCounts: counts, into: whole, receiveCounts: right)
          }
          expectFailure("MPI_Alltoallv", what) {
            try world.allToAll(constant, sendCounts: right, into: whole, receiveCounts: counts)
          }
        }
      }
    }
    wrongRootBuffers(right, &part)
  }

  private func wrongRootBuffers(_ counts: [Int], _ part: inout [UInt8]) {
    part.withUnsafeMutableBytes { part in
      expectFailure("MPI_Gatherv", "does not have the length") {
        try world.gather(
          UnsafeRawBufferPointer(part), counts: counts, into: nil, root: world.rank)
      }
      expectFailure("MPI_Scatterv", "does not have the length") {
        try world.scatter(nil, counts: counts, into: part, root: world.rank)
      }
    }
    let (me, size) = (world.rank, world.size)
    var other = [Int](repeating: 0, count: size)
    other[me] = 1
    var bytes: [UInt8] = [1]
    bytes.withUnsafeMutableBytes { bytes in
      expectFailure("MPI_Alltoallv", "from itself") {
        try world.allToAll(
          UnsafeRawBufferPointer(bytes), sendCounts: other,
          into: UnsafeMutableRawBufferPointer(start: nil, count: 0),
          receiveCounts: [Int](repeating: 0, count: size))
      }
    }
  }
}
