import Support

/// What lies between ranks: a message of b bytes takes `latency` + b / `bandwidth` seconds.
public struct Link: Sendable, Equatable {
  public var name: String
  /// Seconds a message.
  public var latency: Double
  /// Bytes a second, of one rank.
  public var bandwidth: Double

  public init(name: String, latency: Double, bandwidth: Double) {
    self.name = name
    self.latency = latency
    self.bandwidth = bandwidth
  }

  /// Known by name: Ethernet at its nominal rate less the headers of TCP in frames of 1,500 bytes
  /// (1,448 of 1,538 bytes are data), and InfiniBand EDR and HDR with their 64b/66b code. Latencies are
  /// orders of magnitude; measured ones (`mpirun … neatms-dist plan`) are better.
  public static let known = [
    Link(name: "1g", latency: 40e-6, bandwidth: 1e9 / 8 * 1448 / 1538),
    Link(name: "10g", latency: 20e-6, bandwidth: 10e9 / 8 * 1448 / 1538),
    Link(name: "25g", latency: 15e-6, bandwidth: 25e9 / 8 * 1448 / 1538),
    Link(name: "infiniband-100g", latency: 2e-6, bandwidth: 100e9 / 8 * 64 / 66),
    Link(name: "infiniband-200g", latency: 2e-6, bandwidth: 200e9 / 8 * 64 / 66),
  ]

  /// What is taken to lie between hosts where nothing else is said.
  public static let assumed = known[1]

  /// A known name, or Gbit/s and microseconds as `40:5`.
  public init?(_ text: String) {
    if let known = Self.known.first(where: { $0.name == text.lowercased() }) {
      self = known
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 2, let gigabits = parts[0], let microseconds = parts[1],
      gigabits > 0, gigabits.isFinite, microseconds >= 0, microseconds.isFinite
    else { return nil }
    self.init(name: text, latency: microseconds * 1e-6, bandwidth: gigabits * 1e9 / 8)
  }

  /// Seconds for what a rank sends, when `sharing` ranks of a host have one link.
  public func seconds(_ traffic: StepTraffic, sharing: Int = 1) -> Double {
    traffic.messages * latency + traffic.bytes / (bandwidth / Double(sharing))
  }
}
