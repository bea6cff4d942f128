import Collectives

extension CollectivesSuite {
  /// Every rank sends every other two messages, three times over, from and to the same places; the
  /// second message is started later than the first.
  func repeatedMessages() throws {
    let (me, size) = (world.rank, world.size)
    let lengths = [70_001, 3]
    let room = lengths.reduce(0, +)
    let sent = UnsafeMutableRawBufferPointer.allocate(byteCount: size * room, alignment: 64)
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: size * room, alignment: 64)
    defer {
      sent.deallocate()
      received.deallocate()
    }
    func part(_ memory: UnsafeMutableRawBufferPointer, _ peer: Int, _ index: Int)
      -> UnsafeMutableRawBufferPointer
    {
      let start = peer * room + (index == 0 ? 0 : lengths[0])
      return UnsafeMutableRawBufferPointer(rebasing: memory[start..<(start + lengths[index])])
    }
    let peers = (0..<size).filter { $0 != me }
    var messages: [PlannedMessage] = []
    for index in lengths.indices {
      for peer in peers {
        messages.append(
          PlannedMessage(.receive, peer: peer, tag: index, bytes: part(received, peer, index)))
        messages.append(
          PlannedMessage(.send, peer: peer, tag: index, bytes: part(sent, peer, index)))
      }
    }
    guard let group = try world.split(colour: 0) else { return }
    let plan = try group.plan(messages)
    let half = messages.count / 2
    for round in 0..<3 {
      for peer in peers {
        for index in lengths.indices {
          part(sent, peer, index).copyBytes(
            from: patternBytes(me + round, peer, lengths[index]))
        }
      }
      try plan.start(0..<half)
      try plan.test()
      try plan.start(half..<messages.count)
      // The first half's come without waiting for the second's.
      while try !plan.isDone(0..<half) {}
      expect(try plan.isDone(0..<half), "still done")
      try plan.wait(0..<messages.count)
      for peer in peers {
        for index in lengths.indices {
          let expected = patternBytes(peer + round, me, lengths[index])
          expect(
            Array(part(received, peer, index)) == expected, "round \(round), from rank \(peer)")
        }
      }
    }
    expect(messages.count == 4 * (size - 1), "messages")
  }

  /// Every rank sends the next one a part of the same memory, another length each time, and nothing once.
  func messagesOfManyLengths() throws {
    let (me, size) = (world.rank, world.size)
    guard size > 1, let group = try world.split(colour: 0) else {
      // A plan of one rank has no messages, and lets itself be asked.
      let plan = try world.plan([])
      try plan.send(0, bytes: 0)
      return expect(try plan.isDone(0..<0), "nothing is sent")
    }
    let room = 70_001
    let sent = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 64)
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 64)
    defer {
      sent.deallocate()
      received.deallocate()
    }
    let (next, before) = ((me + 1) % size, (me + size - 1) % size)
    let plan = try group.plan([
      PlannedMessage(.receive, peer: before, tag: 0, bytes: received),
      PlannedMessage(.sendPart, peer: next, tag: 0, bytes: sent),
    ])
    for (round, length) in [room, 5, 0, 4_097, room].enumerated() {
      sent.copyBytes(from: patternBytes(me + round, next, room))
      received.initializeMemory(as: UInt8.self, repeating: 0xEE)
      try plan.start(0..<1)
      try plan.send(1, bytes: length)
      try plan.wait(0..<2)
      let expected = Array(patternBytes(before + round, me, room).prefix(length))
      expect(Array(received.prefix(length)) == expected, "\(length) bytes")
      expect(received.dropFirst(length).allSatisfy { $0 == 0xEE }, "nothing after \(length) bytes")
    }
    expect(try plan.isDone(0..<2), "a part that is not under way counts as sent")
  }

  /// Peers and tags that there are not are errors before MPI sees them.
  func wrongPlans() {
    let nothing = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    for (peer, tag, what) in [
      (world.size, 0, "no such other rank"), (world.rank, 0, "no such other rank"),
      (-1, 0, "no such other rank"),
    ] {
      expectFailure("MPI_Send_init", what) {
        _ = try world.plan([PlannedMessage(.send, peer: peer, tag: tag, bytes: nothing)])
      }
    }
    guard world.size > 1 else { return }
    let other = (world.rank + 1) % world.size
    expectFailure("MPI_Recv_init", "is not a tag") {
      _ = try world.plan([PlannedMessage(.receive, peer: other, tag: -1, bytes: nothing)])
    }
  }
}
