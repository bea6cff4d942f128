import Collectives
import Support

extension CollectivesSuite {
  /// The tests run on one host.
  func splitByHost() throws {
    let host = try world.splitByHost()
    expect(host.rank == world.rank && host.size == world.size, "\(host.rank) of \(host.size)")
    try expectSum(host, of: Array(0..<world.size), "the host's ranks")
  }

  /// Thirds, one of which gets no communicator, and groups of groups.
  func split() throws {
    let colour = world.rank % 3 == 2 ? -1 : world.rank % 3
    let group = try world.split(colour: colour)
    guard let group else {
      expect(colour < 0, "colour \(colour) got no communicator")
      return
    }
    let members = (0..<world.size).filter { $0 % 3 == colour }
    expect(colour >= 0, "a negative colour got a communicator")
    expect(group.size == members.count, "\(group.size) ranks of colour \(colour)")
    expect(members[group.rank] == world.rank, "out of order")
    try expectSum(group, of: members, "colour \(colour)")
    guard let alone = try group.split(colour: group.rank) else {
      expect(false, "no group of a group")
      return
    }
    expect(alone.rank == 0 && alone.size == 1, "a group of one")
    try expectSum(alone, of: [world.rank], "a group of one")
  }

  /// Sums the ranks' world numbers over a group.
  private func expectSum(_ group: any Communicator, of members: [Int], _ what: String) throws {
    var sum = [Int64(world.rank)]
    try sum.withUnsafeMutableBufferPointer { try group.allReduce($0, .sum) }
    expect(sum == [Int64(members.reduce(0, +))], "sum over \(what): \(sum)")
  }

  /// Failures of some ranks become the same error on every rank: that of the lowest.
  func agree() throws {
    try world.agree(nil)
    let result = try world.agree { world.rank * 2 }
    expect(result == world.rank * 2, "the body's own result")
    for lowest in 0..<world.size {
      let own = Failure(
        .badData, "not a peak", at: "row \(world.rank)", expected: "a \"peak\"", found: "é\n\u{0}",
        hint: world.rank % 2 == 0 ? "look" : nil)
      var told = own
      told.place = lowest == 0 ? "row 0" : "rank \(lowest), row \(lowest)"
      told.hint = lowest % 2 == 0 ? "look" : nil
      for inBody in [false, true] {
        let mine = world.rank >= lowest ? own : nil
        do {
          if inBody {
            try world.agree { if let mine { throw mine } }
          } else {
            try world.agree(mine)
          }
          expect(false, "no error, although rank \(lowest) has one")
        } catch let error as AgreedFailure {
          expect(error.failure == told, "\(error.failure) instead of \(told)")
        }
      }
    }
  }
}
