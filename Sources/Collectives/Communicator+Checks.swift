import Support

// What every backend checks before a call: a wrong length would otherwise be a crash or a hang
// somewhere else.
extension Communicator {
  /// "MPI_Bcast, rank 3 of 8".
  func place(_ call: String) -> String { "\(call), rank \(rank) of \(size)" }

  func checkRoot(_ root: Int, _ call: String) throws {
    guard root < 0 || root >= size else { return }
    throw Failure(
      .internalError, "there is no such root", at: place(call), expected: "0...\(size - 1)",
      found: "\(root)")
  }

  func checkPeer(_ peer: Int, _ tag: Int, _ call: String) throws {
    guard peer >= 0, peer < size, peer != rank else {
      throw Failure(
        .internalError, "there is no such other rank", at: place(call),
        expected: "one of 0...\(size - 1) but \(rank)", found: "\(peer)")
    }
    try checkTag(tag, call)
  }

  func checkTag(_ tag: Int, _ call: String) throws {
    guard !(1...32_767).contains(tag) else { return }
    throw Failure(
      .internalError, "is not a tag", at: place(call), expected: "1...32767", found: "\(tag)")
  }

  /// Checks that there is one count a rank, none is negative, and returns their sum.
  func checkCounts(_ counts: [Int], _ name: String, _ call: String) throws -> Int {
    guard counts.count == size else {
      throw Failure(
        .internalError, "\(name) must have one number for each rank", at: place(call),
        expected: "\(size) numbers", found: "\(counts.count)")
    }
    var sum = 0
    for (peer, count) in counts.enumerated() {
      let (next, overflow) = sum.addingReportingOverflow(count)
      guard count >= 0, !overflow else {
        throw Failure(
          .internalError, "\(name)[\(peer)] is not a length", at: place(call), found: "\(count)")
      }
      sum = next
    }
    return sum
  }

  func checkColour(_ colour: Int) throws {
    guard colour > Int(Int32.max) else { return }
    throw Failure(
      .internalError, "the colour is too large", at: place("MPI_Comm_split"),
      expected: "at most \(Int32.max)", found: "\(colour)")
  }

  func checkLength(_ found: Int?, _ expected: Int, _ name: String, _ call: String) throws {
    guard found != expected else { return }
    throw Failure(
      .internalError, "\(name) does not have the length that the counts say", at: place(call),
      expected: "\(expected) bytes", found: found.map { "\($0)" } ?? "no buffer")
  }

  func checkGather(
    _ part: UnsafeRawBufferPointer, _ counts: [Int], _ whole: UnsafeMutableRawBufferPointer?,
    _ root: Int
  ) throws {
    try checkRoot(root, "MPI_Gatherv")
    let sum = try checkCounts(counts, "counts", "MPI_Gatherv")
    try checkLength(part.count, counts[rank], "part", "MPI_Gatherv")
    if rank == root { try checkLength(whole?.count, sum, "into", "MPI_Gatherv") }
  }

  func checkScatter(
    _ whole: UnsafeRawBufferPointer?, _ counts: [Int], _ part: UnsafeMutableRawBufferPointer,
    _ root: Int
  ) throws {
    try checkRoot(root, "MPI_Scatterv")
    let sum = try checkCounts(counts, "counts", "MPI_Scatterv")
    try checkLength(part.count, counts[rank], "into", "MPI_Scatterv")
    if rank == root { try checkLength(whole?.count, sum, "whole", "MPI_Scatterv") }
  }

  func checkAllToAll(
    _ send: UnsafeRawBufferPointer, _ sendCounts: [Int], _ receive: UnsafeMutableRawBufferPointer,
    _ receiveCounts: [Int]
  ) throws {
    let call = "MPI_Alltoallv"
    try checkLength(
      send.count, checkCounts(sendCounts, "sendCounts", call), "send", call)
    try checkLength(
      receive.count, checkCounts(receiveCounts, "receiveCounts", call), "into", call)
    guard sendCounts[rank] == receiveCounts[rank] else {
      throw Failure(
        .internalError, "a rank must receive from itself what it sends itself", at: place(call),
        expected: "\(sendCounts[rank]) bytes", found: "\(receiveCounts[rank])")
    }
  }
}
