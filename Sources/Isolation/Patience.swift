import Glibc

/// A time to wait in, counted in tenths of a second that this process was awake for: a computer that
/// was asleep, or a virtual machine that was stopped, has not lost it.
struct Patience {
  /// Tenths of a second; nil for no end.
  private var left: Int?

  init(seconds: Int) { left = 10 * seconds }
  private init() { left = nil }
  static var endless: Patience { Patience() }

  /// Waits until there is something to read, or an end.
  /// - Returns: false when the time is over first.
  mutating func wait(for descriptor: Int32) -> Bool {
    while left != 0 {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, 100)
      if ready > 0 { return true }
      if ready == 0, let tenths = left { left = tenths - 1 }
    }
    return false
  }
}
