import Collectives
import Foundation
import Support

/// All ranks' traces of the same steps.
public struct CollectedTrace {
  let ranks: [[StepTrace.Span]]

  /// Collective.
  init(_ trace: StepTrace, on world: any Communicator) throws {
    let bytes = try JSONEncoder.exact.encode(trace.spans)
    var counts = Array(repeating: Int64(0), count: world.size)
    counts[world.rank] = Int64(bytes.count)
    try counts.withUnsafeMutableBufferPointer { try world.allReduce($0, .sum) }
    var all = Data(count: world.rank == 0 ? counts.reduce(0) { $0 + Int($1) } : 0)
    try all.withUnsafeMutableBytes { all in
      try bytes.withUnsafeBytes {
        try world.gather(
          $0, counts: counts.map(Int.init), into: world.rank == 0 ? all : nil, root: 0)
      }
    }
    guard world.rank == 0 else {
      ranks = []
      return
    }
    var next = 0
    ranks = try counts.map { count in
      defer { next += Int(count) }
      return try JSONDecoder.exact.decode(
        [StepTrace.Span].self, from: all[next..<next + Int(count)])
    }
  }

  /// A part's time as a share of the steps', over all ranks.
  public struct Share {
    public var name: String
    public var share: Double
  }

  /// In order of appearance, without what runs beside the others.
  public var shares: [Share] {
    var names: [String] = []
    var times: [String: Double] = [:]
    for span in ranks.joined() {
      if times[span.name] == nil { names.append(span.name) }
      times[span.name, default: 0] += Double(span.end - span.begin)
    }
    let whole = times[StepPart.step] ?? 0
    return names.filter { $0 != StepPart.step && $0 != StepPart.classifierSum }.map {
      Share(name: $0, share: (times[$0] ?? 0) / whole)
    }
  }

  /// How much of the time from the start to the end of the classifier's all-reduce lies within the
  /// conv base's backward pass, over all ranks; nil where there is no such all-reduce.
  public var hidden: Double? {
    var (whole, within) = (0, 0)
    for spans in ranks {
      let backward = spans.filter { $0.name == StepPart.convBackward }
      for sum in spans where sum.name == StepPart.classifierSum {
        whole += sum.end - sum.begin
        for pass in backward {
          within += max(min(sum.end, pass.end) - max(sum.begin, pass.begin), 0)
        }
      }
    }
    return whole > 0 ? Double(within) / Double(whole) : nil
  }

  /// Seconds of a step in one of the waits for the classifier's all-reduce, over all ranks.
  private func seconds(of part: String) -> Double? {
    let all = ranks.joined()
    let steps = all.count { $0.name == StepPart.step }
    let times = all.filter { $0.name == part }.map { $0.end - $0.begin }
    return times.isEmpty || steps == 0 ? nil : 1e-9 * Double(times.reduce(0, +)) / Double(steps)
  }

  /// Seconds of a whole step: the median over all ranks.
  public var step: Double {
    let steps = ranks.joined().filter { $0.name == StepPart.step }
    let times = steps.map { $0.end - $0.begin }.sorted()
    return times.isEmpty ? 0 : 1e-9 * Double(times[times.count / 2])
  }

  /// Where it runs beside the backward pass.
  public var classifierWait: Double? { seconds(of: StepPart.classifierWait) }
  /// Where it runs alone.
  public var classifierBlocking: Double? { seconds(of: StepPart.classifierBlocking) }

  /// One event of the Trace Event Format, which Chrome's about:tracing and Perfetto show.
  private struct Event: Codable {
    var name: String
    /// "X": a whole span.
    var ph = "X"
    /// Microseconds.
    var ts: Double
    var dur: Double
    /// The rank.
    var pid: Int
    /// 1 for what runs beside the computing.
    var tid: Int
  }

  /// All ranks' spans in the Trace Event Format.
  /// - Throws: `Failure` of `AtomicFile`.
  public func write(to path: String) throws {
    let events = ranks.enumerated().flatMap { rank, spans in
      spans.map {
        Event(
          name: $0.name, ts: Double($0.begin) / 1000, dur: Double($0.end - $0.begin) / 1000,
          pid: rank, tid: $0.name == StepPart.classifierSum ? 1 : 0)
      }
    }
    let bytes = try JSONEncoder.exact.encode(["traceEvents": events])
    try AtomicFile.write(String(decoding: bytes, as: UTF8.self), to: path)
  }
}
