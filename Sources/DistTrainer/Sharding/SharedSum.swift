import Collectives
import Model
import Support

/// The part of a `FixedSum` above the ranks' own nodes where all ranks share one host: everyone reads
/// the others' nodes where they are, and adds all of them.
final class SharedSum: SumExchange {
  /// One round's memory: the nodes of all ranks, of which a rank writes its own, and the additions
  /// over them, whose results are this rank's alone.
  private struct Round {
    let nodes: UnsafeMutablePointer<Float>
    var additions: [Addition] = []
    let sum: UnsafePointer<Float>
  }

  private struct Addition {
    let left: UnsafePointer<Float>
    let right: UnsafePointer<Float>
    let sum: UnsafeMutablePointer<Float>
  }

  private let count: Int
  private let memory: SharedSegment
  private let results: AlignedBuffer
  private let barrier: SharedBarrier
  /// Two take turns: a rank may still read the last sum's nodes while another writes the next one's,
  /// but not those of the one after, before which all must have come to the next sum.
  private let rounds: [Round]
  private var turn = 0

  /// Floats from one vector to the next: whole cache lines.
  static func room(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Collective over `host`, which holds all ranks.
  init(count: Int, lanes: Lanes, on host: any Communicator) throws {
    self.count = count
    let depth = lanes.depth
    let room = Self.room(count)
    let floats = 2 * lanes.ranks * depth * room
    let offset = floats * MemoryLayout<Float>.stride
    memory = try SharedSegment(
      bytes: offset + SharedBarrier.bytes(ranks: lanes.ranks), on: host, allWrite: true)
    barrier = SharedBarrier(in: memory, at: offset, rank: lanes.rank, ranks: lanes.ranks)
    let additions = lanes.additions
    let results = AlignedBuffer(count: max(additions.count, 1) * room)
    self.results = results
    let start = memory.pointer.assumingMemoryBound(to: Float.self)
    rounds = (0..<2).map { round in
      func nodes(_ rank: Int) -> UnsafeMutablePointer<Float> {
        start + (round * lanes.ranks + rank) * depth * room
      }
      var places = (0..<lanes.ranks).flatMap { rank in
        lanes.nodes(of: rank).indices.map { UnsafePointer(nodes(rank) + $0 * room) }
      }
      let made = additions.enumerated().map { index, addition in
        let sum = results.pointer + index * room
        defer { places[addition.left] = UnsafePointer(sum) }
        return Addition(left: places[addition.left], right: places[addition.right], sum: sum)
      }
      return Round(nodes: nodes(lanes.rank), additions: made, sum: places[0])
    }
  }

  var nodes: UnsafeMutablePointer<Float> { rounds[turn].nodes }

  func begin() { barrier.arrive() }

  func progress() {}

  func finish() -> UnsafePointer<Float> {
    barrier.wait()
    let round = rounds[turn]
    for addition in round.additions {
      sumVectors(addition.left, addition.right, into: addition.sum, count: count)
    }
    turn = 1 - turn
    return round.sum
  }
}
