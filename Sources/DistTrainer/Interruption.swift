import Foundation

/// SIGINT, SIGTERM and SIGUSR1 (which mpirun hands on, and Slurm can send ahead of a time limit) ask
/// the run to save its state and end. A second one ends the process at once.
public enum Interruption {
  /// Written by the signal handler only, and read by the loop: one word, set once.
  nonisolated(unsafe) private static var received: sig_atomic_t = 0

  public static var isRequested: Bool { received != 0 }

  public static func install() {
    received = 0
    for number in [SIGINT, SIGTERM, SIGUSR1] {
      signal(number) { number in
        if Interruption.received != 0 { signal(number, SIG_DFL) }
        Interruption.received = 1
      }
    }
  }
}
