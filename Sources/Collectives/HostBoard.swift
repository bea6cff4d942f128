import Foundation
import Support
import Synchronization

/// Memory in which the ranks of a host see how each of them is, without its help: what tells a rank
/// that hangs from those that wait for it.
final class HostBoard {
  private typealias Word = Atomic<UInt64>

  /// Words of a rank's row, which has a pair of cache lines of its own.
  private enum Item: Int {
    /// Beats of its watch: a process that is stopped has none.
    case beats
    /// `Wait.turn` at the last beat.
    case turn
    case rank, process
  }

  private static let rowWords = 16
  private let memory: SharedSegment
  private let ranks: Int
  private let own: Int
  /// By row: the beats last seen, and how many own beats ago they changed.
  private var seen: [UInt64]
  private var quiet: [Int]

  /// Own beats without one of another rank that show that it does not run.
  private static let patience = 10

  /// Collective over `node`, the ranks of one host.
  /// - Parameter rank: of the world.
  /// - Throws: as `SharedSegment`.
  init(on node: any Communicator, rank: Int) throws {
    let bytes = node.size * Self.rowWords * MemoryLayout<Word>.stride
    memory = try SharedSegment(bytes: bytes, on: node, allWrite: true)
    ranks = node.size
    own = node.rank
    seen = [UInt64](repeating: 0, count: ranks)
    quiet = [Int](repeating: 0, count: ranks)
    word(own, .rank).pointee.store(UInt64(rank), ordering: .relaxed)
    word(own, .process).pointee.store(UInt64(getpid()), ordering: .releasing)
  }

  private func word(_ row: Int, _ item: Item) -> UnsafeMutablePointer<Word> {
    memory.pointer.assumingMemoryBound(to: Word.self) + row * Self.rowWords + item.rawValue
  }

  private func value(_ row: Int, _ item: Item) -> UInt64 {
    word(row, item).pointee.load(ordering: .acquiring)
  }

  /// Shows that this rank runs and what it does, and looks at the others.
  func beat(turn: UInt64) {
    word(own, .turn).pointee.store(turn, ordering: .relaxed)
    word(own, .beats).pointee.store(value(own, .beats) + 1, ordering: .releasing)
    for row in 0..<ranks {
      let beats = value(row, .beats)
      quiet[row] = beats == seen[row] ? quiet[row] + 1 : 0
      seen[row] = beats
    }
  }

  /// The ranks of this host that wait for nobody, and what is known of them: "rank 2 (process 4711)
  /// stopped".
  func whoIsMissing() -> String {
    let missing = (0..<ranks).filter { row in
      row != own && (quiet[row] >= Self.patience || !Wait.isWait(value(row, .turn)))
    }
    guard !missing.isEmpty else {
      let who = ranks == 1 ? "this host's only rank" : "all \(ranks) ranks of this host"
      return "\(who) waiting: a rank of another host hangs, or the network"
    }
    return missing.map { row in
      let process = value(row, .process)
      return "rank \(value(row, .rank)) (process \(process)) \(Self.state(of: process))"
    }.joined(separator: ", ")
  }

  /// What the kernel says of a process: the letter after its name in /proc/PID/stat.
  private static func state(of process: UInt64) -> String {
    let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
    let fields = String(decoding: data, as: UTF8.self)
    guard let end = fields.lastIndex(of: ")") else { return "ended" }
    switch fields[end...].dropFirst(2).first {
    case "T", "t": return "stopped"
    case "Z", "X": return "ended"
    case "D": return "waiting for a disk or a network file system"
    default: return "busy elsewhere"
    }
  }
}
