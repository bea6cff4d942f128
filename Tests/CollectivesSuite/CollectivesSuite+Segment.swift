import Collectives
import Foundation
import Support

extension CollectivesSuite {
  /// What the host's first rank writes is what all read, from zeroed memory, with no file left.
  func sharedSegment() throws {
    let host = try world.splitByHost()
    for length in [0, 1, 4_097, 10_000_019] {
      let segment = try SharedSegment(bytes: length, on: host)
      try withExtendedLifetime(segment) { try use(segment, length, host) }
      try host.barrier()
    }
    expect(mappedFiles().isEmpty, "still mapped: \(mappedFiles())")
  }

  /// In memory that all write, each rank finds in every round what the others wrote before they
  /// arrived; two barriers in turn keep them from writing the next before it is read.
  func sharedBarrier() throws {
    let host = try world.splitByHost()
    let (me, size) = (host.rank, host.size)
    let counters = SharedBarrier.bytes(ranks: size)
    let segment = try SharedSegment(bytes: 2 * counters + 64 * size, on: host, allWrite: true)
    expect(segment.isWritable, "rank \(me) may not write")
    let barriers = [0, counters].map {
      SharedBarrier(in: segment, at: $0, rank: me, ranks: size)
    }
    let words = (segment.pointer + 2 * counters).assumingMemoryBound(to: Int.self)
    for round in 1...2_000 {
      for word in 0..<8 { words[me * 8 + word] = round * 100 + me }
      barriers[0].arrive()
      barriers[0].wait()
      let right = (0..<size).allSatisfy { rank in
        (0..<8).allSatisfy { words[rank * 8 + $0] == round * 100 + rank }
      }
      expect(right, "round \(round): not what the others wrote")
      if !right { break }
      barriers[1].arrive()
      barriers[1].wait()
    }
    try host.barrier()
  }

  private func use(
    _ segment: SharedSegment, _ length: Int, _ host: any Communicator
  ) throws {
    expect(segment.count == length, "length \(segment.count)")
    expect(segment.isWritable == (host.rank == 0), "writable on rank \(host.rank)")
    expect(Int(bitPattern: segment.pointer) % 4_096 == 0, "not page-aligned")
    let bytes = UnsafeMutableRawBufferPointer(start: segment.pointer, count: length)
    expect(bytes.allSatisfy { $0 == 0 }, "not zeroed")
    try host.barrier()
    if segment.isWritable {
      for i in 0..<length { bytes[i] = pattern(0, length, i) }
    }
    try host.barrier()
    let right = (0..<length).allSatisfy { bytes[$0] == pattern(0, length, $0) }
    expect(right, "length \(length): not what the first rank wrote")
    let files = mappedFiles()
    expect(files.count == (host.size > 1 ? 1 : 0), "held once: \(files)")
    expect(files.allSatisfy { $0.hasSuffix("(deleted)") }, "a file is left: \(files)")
  }

  /// The files of segments that this process has mapped, as the kernel names them.
  private func mappedFiles() -> [String] {
    // The kernel gives this file in short reads, which Foundation takes for its end.
    guard let maps = fopen("/proc/self/maps", "r") else { return ["no /proc/self/maps"] }
    defer { fclose(maps) }
    var files: [String] = []
    var line = [CChar](repeating: 0, count: 8_192)
    while fgets(&line, Int32(line.count), maps) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.contains("/neatms-dist-") { files.append(String(text.dropLast())) }
    }
    return files
  }

  /// A segment larger than any disk: on several ranks every one is told.
  func segmentWithoutRoom() throws {
    let host = try world.splitByHost()
    let exabyte = 1 << 60
    do {
      _ = try SharedSegment(bytes: exabyte, on: host)
      expect(false, "an exabyte was there")
    } catch let failure as Failure {
      let text = failure.description
      if host.size > 1 {
        expect(failure.code == .cannotCreate, text)
        expect(text.contains("/dev/shm: ") && text.contains("TMPDIR"), text)
        expect(text.contains("expected 1268213655.1 GB free"), text)
      } else {
        expect(failure.code == .inputOutput && text.contains("no memory"), text)
      }
    }
  }
}
