import CMPI
import Foundation
import Support

/// How long a rank may wait for the others, and what the message says when it was longer.
public struct StallLimit: Sendable {
  public var seconds: Double
  /// What the user can do.
  public var hint: String

  /// - Parameter seconds: above 0.
  public init(seconds: Double, hint: String) {
    self.seconds = seconds
    self.hint = hint
  }
}

/// A thread that ends the job when this rank has been in one collective for too long: another rank
/// hangs, its host is gone, or the network is.
///
/// The time is counted in the thread's own beats, none of which counts for more than two: a job that
/// is suspended as a whole, or whose machine sleeps, has not waited meanwhile.
///
/// It ends the job by MPI_Abort, because a launcher need not notice that one of its ranks has gone
/// (`srun` without `--kill-on-bad-exit` does not). MPI promises MPI_Abort to the thread that started
/// it only; in Open MPI and MPICH it does nothing but tell the launcher, which the thread that waits
/// does not do. Should it get stuck all the same, the process ends by itself.
final class StallWatch: @unchecked Sendable {
  // Unchecked: after `start` only the thread uses what changes.
  private let limit: StallLimit
  private let world: JobEnd
  private let board: HostBoard
  private let period: Double
  private var turn: UInt64 = 0
  private var waited = 0.0

  /// Beats in the time of the limit.
  private static let beats = 20.0
  /// Seconds that MPI_Abort may take.
  private static let patience: UInt32 = 5

  /// Collective over `world`: begins to watch this rank, until the process ends.
  /// - Throws: `AgreedFailure(.cannotCreate)` where a host's ranks find no place for the memory in
  ///   which they see each other.
  static func start(_ limit: StallLimit, _ world: MPICommunicator) throws {
    guard world.size > 1 else { return }
    let node = try world.splitByHost()
    let board = try world.agree { try HostBoard(on: node, rank: world.rank) }
    try world.barrier()
    let watch = StallWatch(limit, JobEnd(world), board)
    let thread = Thread { watch.run() }
    thread.stackSize = 256 << 10
    thread.start()
  }

  private init(_ limit: StallLimit, _ world: JobEnd, _ board: HostBoard) {
    self.limit = limit
    self.world = world
    self.board = board
    period = limit.seconds / Self.beats
  }

  private func run() {
    // Signals are the training's.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    var last = ContinuousClock.now
    while true {
      Thread.sleep(forTimeInterval: period)
      let now = ContinuousClock.now
      beat(min((now - last) / .seconds(1), 2 * period))
      last = now
    }
  }

  private func beat(_ seconds: Double) {
    let now = Wait.turn
    waited = now == turn && Wait.isWait(now) ? waited + seconds : 0
    turn = now
    board.beat(turn: now)
    if waited >= limit.seconds { endJob() }
  }

  private func endJob() -> Never {
    let failure = Failure(
      .internalError,
      String(format: "waited %.0f s in \(Wait.lastName) for the other ranks", waited),
      found: board.whoIsMissing(), hint: limit.hint)
    Thread.detachNewThread {
      sleep(Self.patience)
      _exit(failure.code.rawValue)
    }
    world.end(failure)
  }
}
