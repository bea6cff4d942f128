import Glibc
import Support

/// How a child that handed over no whole message ended.
enum IsolatedEnd: Equatable {
  case crashed(signal: Int32)
  /// As the C library and Swift end a program: for want of the memory of so many bytes, or because
  /// they found something broken.
  case aborted(_ bytes: Int)
  case tooLong(seconds: Int)
  case tooMuchMemory(_ bytes: Int)
  /// It handed over more than fits into the memory it had.
  case tooMuch
  /// It ended by itself without a word.
  case exited(Int32)
  /// The system would not let it be set up: the errno.
  case notConfined(Int32)

  /// What it means for the file.
  func failure(_ path: String) -> Failure {
    func damaged(_ what: String, _ found: String? = nil) -> Failure {
      Failure(
        .badData, "is damaged or hostile: \(what)", at: path, found: found,
        hint: "Copy or make the file again. Nothing of it was used.")
    }
    switch self {
    case .crashed(let signal):
      return damaged("reading it crashed", "\(String(cString: strsignal(signal)))")
    case .aborted(let bytes):
      return damaged("reading it crashed, or needed more than \(bytes >> 20) MB of memory")
    case .tooLong(let seconds):
      return damaged("reading it took longer than \(seconds) s")
    case .tooMuchMemory(let bytes):
      return damaged("reading it needed more than \(bytes >> 20) MB of memory")
    case .tooMuch: return damaged("more came of reading it than it can hold")
    case .exited(let code): return damaged("reading it ended early", "exit code \(code)")
    case .notConfined(let reason):
      return Failure(
        .internalError, "cannot be read safely: the process that would read it cannot be limited",
        at: path, found: String(cString: strerror(reason)))
    }
  }

  /// The exit code that says `notConfined`, followed by the errno on the pipe.
  static let notConfinedCode: Int32 = 71

  /// Reads an end from what wait4(2) says.
  init(status: Int32, message: [UInt8], usage: rusage, _ limits: IsolationLimits) {
    let signal = status & 0x7F
    guard signal != 0 else {
      let code = status >> 8 & 0xFF
      self = code == Self.notConfinedCode ? .notConfined(Int32(message.first ?? 0)) : .exited(code)
      return
    }
    let spent = usage.processorSeconds
    if signal == SIGXCPU || (signal == SIGKILL && spent >= Double(limits.seconds)) {
      self = .tooLong(seconds: limits.seconds)
    } else if usage.ru_maxrss << 10 > limits.bytes / 4 * 3 {
      self = .tooMuchMemory(limits.bytes)
    } else if signal == SIGABRT {
      self = .aborted(limits.bytes)
    } else {
      self = .crashed(signal: signal)
    }
  }
}

extension rusage {
  var processorSeconds: Double {
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(ru_utime) + seconds(ru_stime)
  }
}
