import Foundation
import Support

/// SIGINT, SIGTERM and SIGUSR1 (which mpirun hands on, and Slurm can send ahead of a time limit) ask
/// the run to save its state and end. A second one ends the process at once.
public enum Interruption {
  // Written by signal handlers and read by the loop: single words, set once.
  nonisolated(unsafe) private static var received: sig_atomic_t = 0
  nonisolated(unsafe) private static var acknowledged: sig_atomic_t = 0

  public static var isRequested: Bool { received != 0 }

  /// The loop has noticed and is saving the state.
  public static func acknowledge() { acknowledged = 1 }

  public static func install() {
    received = 0
    acknowledged = 0
    // A program may be started by a thread that had signals blocked, which its children inherit.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGUSR1, SIGALRM] { sigaddset(&wanted, number) }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    for number in [SIGINT, SIGTERM, SIGUSR1] {
      signal(number) { number in
        if Interruption.received != 0 { signal(number, SIG_DFL) }
        Interruption.received = 1
        if number == SIGTERM { Interruption.giveUpSoon() }
      }
    }
    if LaunchSignals.rankListens() { received = 1 }
  }

  /// mpirun sends SIGTERM when another rank died, and SIGKILL a second later. A rank that waits for
  /// the dead one in a collective will never notice, so it ends by itself before that. A loop that
  /// does run notices within a step.
  private static func giveUpSoon() {
    guard getenv("OMPI_COMM_WORLD_RANK") != nil else { return }
    signal(SIGALRM) { _ in
      guard Interruption.acknowledged == 0 else { return }
      signal(SIGTERM, SIG_DFL)
      kill(getpid(), SIGTERM)
    }
    var delay = itimerval()
    delay.it_value.tv_usec = 300_000
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &delay, nil)
  }
}
