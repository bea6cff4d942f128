import Collectives
import Model
import Support

/// The tiles of the first Dense kernel's gradient where all ranks share one host: a rank that has its own makes
/// those that a slower one has not begun, and that one only updates its weights by them.
///
/// What a tile is does not depend on who makes it: its product has the same shape, the features lie in memory that
/// all share, and the gradient of the products is the same on every rank.
final class SharedTiles {
  private let memory: SharedSegment
  private let tasks: SharedTasks
  /// Of every rank, in the order in which it takes them.
  private let rows: [[Range<Int>]]
  private let rank: Int
  /// Floats of a tile at the most, and tiles of a rank.
  private let room: Int
  private let most: Int

  /// Collective over `host`, which holds all ranks.
  /// - Returns: nil, on every rank, where there is one rank or no room.
  static func make(
    _ rows: [[Range<Int>]], units: Int, rank: Int, on host: any Communicator
  ) throws -> SharedTiles? {
    let most = rows.map(\.count).max() ?? 0
    guard rows.count > 1, most > 0, most <= SharedTasks.mostTasks else { return nil }
    do {
      return try SharedTiles(rows, most, units: units, rank: rank, on: host)
    } catch let failure as Failure where failure.code == .cannotCreate {
      return nil
    }
  }

  private init(
    _ rows: [[Range<Int>]], _ most: Int, units: Int, rank: Int, on host: any Communicator
  ) throws {
    (self.rows, self.rank, self.most) = (rows, rank, most)
    room = SharedSum.room((rows.joined().map(\.count).max() ?? 0) * units)
    let bytes = rows.count * most * room * MemoryLayout<Float>.stride
    memory = try SharedSegment(
      bytes: bytes + SharedTasks.bytes(ranks: rows.count, tasks: most), on: host, allWrite: true)
    tasks = SharedTasks(in: memory, at: bytes, rank: rank, ranks: rows.count, tasks: most)
  }

  private func gradient(_ tile: Int, of rank: Int) -> UnsafeMutablePointer<Float> {
    memory.pointer.assumingMemoryBound(to: Float.self) + (rank * most + tile) * room
  }

  /// Before the products of this step are summed.
  func begin() { tasks.begin(tasks: rows[rank].count) }

  /// The next own tile; nil where others have taken the rest.
  func takeOwn() -> Int? { tasks.takeOwn() }

  /// Makes a tile of another rank.
  /// - Parameter body: makes the gradient in these rows.
  /// - Returns: false where none is left.
  func help(_ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) -> Bool {
    guard let (rank, tile) = tasks.takeOther() else { return false }
    body(rows[rank][tile], gradient(tile, of: rank))
    tasks.finish(tile, of: rank)
    return true
  }

  /// The gradient of an own tile that another rank makes, when it is there.
  func wait(for tile: Int) -> UnsafePointer<Float> {
    tasks.wait(for: tile)
    return UnsafePointer(gradient(tile, of: rank))
  }
}
