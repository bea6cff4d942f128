import Glibc
import Synchronization

/// Takes the unfinished file away when the program is ended by Ctrl-C or by a scheduler.
///
/// A program that has handlers of its own for these signals keeps them: it ends in its own time.
final class UnfinishedFile {
  /// What the handler removes: one path a process at a time, as a C string that is never freed while
  /// it can be read.
  private static let current = Atomic<UInt>(0)
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  private let text: UnsafeMutablePointer<CChar>?
  private let isFirst: Bool
  private var handled: [Int32] = []

  init(_ path: String) {
    text = strdup(path)
    let address = UInt(bitPattern: text)
    isFirst =
      Self.current.compareExchange(expected: 0, desired: address, ordering: .sequentiallyConsistent)
      .exchanged
    guard isFirst else { return }
    for number in Self.signals {
      var before = sigaction()
      guard sigaction(number, nil, &before) == 0, before.__sigaction_handler.sa_handler == nil
      else { continue }
      handled.append(number)
      signal(number) { number in
        let address = UnfinishedFile.current.load(ordering: .sequentiallyConsistent)
        if let path = UnsafePointer<CChar>(bitPattern: address) { unlink(path) }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  deinit {
    if isFirst {
      for number in handled { signal(number, SIG_DFL) }
      Self.current.store(0, ordering: .sequentiallyConsistent)
    }
    free(text)
  }
}
