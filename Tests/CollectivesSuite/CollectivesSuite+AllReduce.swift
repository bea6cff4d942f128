import Collectives
import Support

extension CollectivesSuite {
  /// Small integers: their sums are exact in every type.
  private func own(_ position: Int, _ rank: Int) -> Int { (rank + 1) * (position % 1_000 - 300) }

  private func expected(_ position: Int, _ operation: ReduceOperation) -> Int {
    let all = (0..<world.size).map { own(position, $0) }
    return switch operation {
    case .sum: all.reduce(0, +)
    case .max: all.max() ?? 0
    case .min: all.min() ?? 0
    }
  }

  func allReduceExact() throws {
    for operation in [ReduceOperation.sum, .max, .min] {
      // Values repeat after 1,000 positions.
      let expected = (0..<1_000).map { self.expected($0, operation) }
      for length in Self.lengths {
        let mine = (0..<length).map { own($0, world.rank) }
        var floats = mine.map(Float.init)
        try floats.withUnsafeMutableBufferPointer { try world.allReduce($0, operation) }
        let floatsAreRight = floats.indices.allSatisfy { floats[$0] == Float(expected[$0 % 1_000]) }
        expect(floatsAreRight, "Float \(operation), length \(length)")
        var doubles = mine.map(Double.init)
        try doubles.withUnsafeMutableBufferPointer { try world.allReduce($0, operation) }
        let doublesAreRight = doubles.indices.allSatisfy {
          doubles[$0] == Double(expected[$0 % 1_000])
        }
        expect(doublesAreRight, "Double \(operation), length \(length)")
        var words = mine.map(Int64.init)
        try words.withUnsafeMutableBufferPointer { try world.allReduce($0, operation) }
        let wordsAreRight = words.indices.allSatisfy { words[$0] == Int64(expected[$0 % 1_000]) }
        expect(wordsAreRight, "Int64 \(operation), length \(length)")
      }
    }
  }

  /// Reals between -1 and 1 whose sum depends on the order of additions.
  func reals(_ length: Int, rank: Int) -> [Float] {
    var generator = PhiloxSequence(seed: 7, stream: .simulation, a: UInt32(rank))
    return (0..<length).map { _ in generator.nextUniform() * 2 - 1 }
  }

  func allReduceSameBits() throws {
    for length in Self.lengths {
      var blocking = reals(length, rank: world.rank)
      try blocking.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
      try expectSameBits(blocking, "blocking, length \(length)")
      expectNearSum(blocking, "blocking, length \(length)")
      var started = reals(length, rank: world.rank)
      try started.withUnsafeMutableBufferPointer { try world.startAllReduce($0).wait() }
      try expectSameBits(started, "started, length \(length)")
      expectNearSum(started, "started, length \(length)")
    }
  }

  /// Every rank's values have rank 0's bits.
  private func expectSameBits(_ values: [Float], _ what: String) throws {
    var first = values
    try first.withUnsafeMutableBytes { try world.broadcast($0, root: 0) }
    let same = zip(first, values).allSatisfy { $0.bitPattern == $1.bitPattern }
    expect(same, "other bits than rank 0's: \(what)")
  }

  /// The sum in double precision, to the rounding of `size` additions.
  private func expectNearSum(_ values: [Float], _ what: String) {
    var sums = [Double](repeating: 0, count: values.count)
    for rank in 0..<world.size {
      for (i, value) in reals(values.count, rank: rank).enumerated() { sums[i] += Double(value) }
    }
    let bound = Double(world.size * world.size) * 0x1p-24
    let near = zip(values, sums).allSatisfy { abs(Double($0) - $1) <= bound }
    expect(near, "not the sum: \(what)")
  }

  func startedAllReduce() throws {
    for length in Self.lengths {
      let expected = (0..<1_000).map { Float(self.expected($0, .sum)) }
      var values = (0..<length).map { Float(own($0, world.rank)) }
      try values.withUnsafeMutableBufferPointer { buffer in
        var request = try world.startAllReduce(buffer)
        while try !request.test() {}
        let again = try request.test()
        expect(again, "a complete request stays complete")
        try request.wait()
      }
      let right = values.indices.allSatisfy { values[$0] == expected[$0 % 1_000] }
      expect(right, "started and tested, length \(length)")
    }
  }

  /// Waited for in the order of their start and in the other one, with a blocking one in between.
  func twoStarted() throws {
    for laterFirst in [false, true] {
      let (large, small) = (AlignedBuffer(count: 1_000_003), AlignedBuffer(count: 70_001))
      large.fill(Float(world.rank + 1))
      small.fill(Float(world.rank + 2))
      var between = [Double(world.rank)]
      let first = try world.startAllReduce(large.all)
      let second = try world.startAllReduce(small.all)
      try between.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
      if laterFirst {
        try second.wait()
        try first.wait()
      } else {
        try first.wait()
        try second.wait()
      }
      let n = world.size
      let sum = Float(n * (n + 1) / 2)
      expect(large.all.allSatisfy { $0 == sum }, "the first of two")
      expect(small.all.allSatisfy { $0 == sum + Float(n) }, "the second of two")
      expect(between == [Double(n * (n - 1) / 2)], "the blocking one in between")
    }
  }

  /// A request that goes out of scope has been waited for.
  func droppedRequest() throws {
    let buffer = AlignedBuffer(count: 1_000_003)
    buffer.fill(Float(world.rank + 1))
    do { _ = try world.startAllReduce(buffer.all) }
    let sum = Float(world.size * (world.size + 1) / 2)
    expect(buffer.all.allSatisfy { $0 == sum }, "the sum is there after the drop")
  }
}
