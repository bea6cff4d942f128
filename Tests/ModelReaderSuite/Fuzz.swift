import Foundation
import Isolation
import KerasFile
import Support

/// Damaged copies of model files, read one after the other, each in a child of its own.
struct Fuzz {
  struct Base {
    var name: String
    var bytes: [UInt8]
  }

  var seed: UInt64
  var files: [Base]

  /// How the reading of the files ended.
  struct Tally: Codable {
    var count = 0
    var read = 0
    var refused = 0
    var crashed = 0
    /// Ended by the C library or Swift: for want of memory, or for something broken.
    var aborted = 0
    var tooLong = 0
    var tooMuchMemory = 0
    /// The most processor time that one took, and all of them.
    var mostSeconds = 0.0
    var totalSeconds = 0.0
    /// The same by the clock, with everything from the asking to the answer.
    var mostByClock = 0.0
    var totalByClock = 0.0
    /// How many took two seconds or more by the clock: none on a machine that is not busy.
    var slowByClock = 0
    /// Which files ended as none may, and how.
    var unacceptable: [String] = []

    var json: String {
      get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    mutating func addTimes(_ seconds: Double, _ byClock: Double) {
      mostSeconds = max(mostSeconds, seconds)
      totalSeconds += seconds
      mostByClock = max(mostByClock, byClock)
      totalByClock += byClock
      if byClock >= 2 { slowByClock += 1 }
    }

    mutating func add(_ other: Tally) {
      count += other.count
      read += other.read
      refused += other.refused
      crashed += other.crashed
      aborted += other.aborted
      tooLong += other.tooLong
      tooMuchMemory += other.tooMuchMemory
      mostSeconds = max(mostSeconds, other.mostSeconds)
      totalSeconds += other.totalSeconds
      mostByClock = max(mostByClock, other.mostByClock)
      totalByClock += other.totalByClock
      slowByClock += other.slowByClock
      unacceptable += other.unacceptable
    }
  }

  static func bases(_ paths: [String]) throws -> [Base] {
    try paths.map { path in
      _ = try KerasFile.readIsolated(path)
      let name = URL(filePath: path).lastPathComponent
      return Base(name: name, bytes: Array(try Data(contentsOf: URL(filePath: path))))
    }
  }

  /// Two readers at once, which share the files.
  func run(count: Int) throws -> Tally {
    let (fuzz, results) = (self, Results())
    DispatchQueue.concurrentPerform(iterations: 2) { part in
      do {
        results.add(try fuzz.run(stride(from: part, to: count, by: 2)))
      } catch {
        var tally = Tally()
        tally.unacceptable = ["the reader failed: \(error)"]
        results.add(tally)
      }
    }
    return results.total
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var tally = Tally()
    func add(_ other: Tally) { lock.withLock { tally.add(other) } }
    var total: Tally { lock.withLock { tally } }
  }

  private func run(_ numbers: StrideTo<Int>) throws -> Tally {
    var tally = Tally()
    let folder = FileManager.default.temporaryDirectory.path
    let path = "\(folder)/neatms-fuzz-\(getpid())-\(UUID().uuidString)"
    defer { unlink(path) }
    let reader = try IsolatedReader()
    for number in numbers {
      let base = files[number % files.count]
      var damage = ModelDamage(seed: seed, file: UInt32(number), base.bytes)
      try Data(damage.apply()).write(to: URL(filePath: path))
      let label = "seed \(seed), file \(number) (\(base.name): \(damage))"
      let start = ContinuousClock.now
      let outcome = outcome(reader, path)
      tally.addTimes(reader.processorSeconds, (ContinuousClock.now - start) / .seconds(1))
      tally.note(outcome, label, reader.processorSeconds)
    }
    return tally
  }

  private func outcome(_ reader: IsolatedReader, _ path: String) -> Result<KerasModel, any Error> {
    Result { try reader.read(IsolatedRequest("model", path: path)) }
  }

}

extension Fuzz.Tally {
  mutating func note<T>(_ outcome: Result<T, any Error>, _ label: String, _ seconds: Double = 0) {
    count += 1
    if seconds >= 2 { unacceptable.append("\(label): took \(seconds) s") }
    switch outcome {
    case .success: read += 1
    case .failure(let failure as Failure) where failure.code == .badData: note(failure, label)
    case .failure(let error): unacceptable.append("\(label): \(error)")
    }
  }

  private mutating func note(_ failure: Failure, _ label: String) {
    switch failure.what {
    case let what where what.contains("crashed, or needed"): aborted += 1
    case let what where what.contains("reading it crashed"):
      crashed += 1
      // Worth a look: every one is a defect of a library or of the reader.
      FileHandle.standardError.write(Data("\(label): \(failure.found ?? "")\n".utf8))
    case let what where what.contains("longer than"): tooLong += 1
    case let what where what.contains("more than") && what.contains("memory"): tooMuchMemory += 1
    default: refused += 1
    }
  }
}
