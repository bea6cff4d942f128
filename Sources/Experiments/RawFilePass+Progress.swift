import Foundation
import Support

/// A line for every raw file that is done: rewritten on a terminal, one below another elsewhere.
struct RawFileProgress {
  private let console: Console
  private let tasks: [RawFileTask]
  private let start = ContinuousClock.now
  private var done = 0
  private var left = 0
  private var peaks = 0

  init(_ console: Console, _ tasks: [RawFileTask]) {
    self.console = console
    self.tasks = tasks
  }

  /// "[3/12] LB12HL_AB.mzML: 5,120 peaks, 0.4 s".
  mutating func done(_ task: Int, _ seconds: Double, _ remark: String?) {
    done += 1
    let count = tasks[task].windows.count
    peaks += count
    if let remark { console.warn("Warning: \(tasks[task].name): \(remark)") }
    let line = "\(position) \(tasks[task].name): \(amount(count)), \(format(seconds))"
    if console.isTerminal { console.update(line) } else { console.say(line) }
  }

  mutating func skipped(_ task: Int, _ failure: Failure) {
    done += 1
    left += 1
    console.warn("\(position) Warning: \(tasks[task].name) is left out.\n\(failure)")
  }

  func end() {
    guard !tasks.isEmpty else { return }
    let files = "\(done - left) of \(tasks.count) raw files"
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    console.finish("\(files) read: \(amount(peaks)), \(format(seconds))")
  }

  private var position: String { "[\(done)/\(tasks.count)]" }

  private func format(_ seconds: Double) -> String { String(format: "%.1f s", seconds) }

  private func amount(_ peaks: Int) -> String {
    peaks == 1 ? "1 peak" : "\(grouped(peaks)) peaks"
  }

  /// 5120 as "5,120".
  private func grouped(_ number: Int) -> String {
    var text = ""
    for (position, digit) in String(number).reversed().enumerated() {
      if position > 0, position % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
