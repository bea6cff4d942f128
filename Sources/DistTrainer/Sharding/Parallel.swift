import Collectives
import Model
import Support

/// `--parallel`.
public enum ParallelMode: String, Codable, Sendable, CaseIterable {
  /// The one of the other two that takes less time to send: `ShardingCost`.
  case auto
  /// Every gradient is all-reduced in each step.
  case data
  /// The classifier's first Dense layer is split over the ranks.
  case sharded
}

/// How the ranks share a step.
public enum Parallel: Sendable, Equatable, Codable {
  case data
  /// Lanes: a power of two, at least the number of ranks.
  case sharded(lanes: Int)

  /// As `run.json` has it.
  var described: String {
    switch self {
    case .data: "data"
    case .sharded(let lanes): "sharded, \(lanes) lanes"
    }
  }

  /// Of a sharded step.
  var lanes: Int? {
    if case .sharded(let lanes) = self { lanes } else { nil }
  }

  /// The most samples of a batch that a rank's buffers need room for.
  public func capacity(batch: Int, ranks: Int) -> Int {
    self == .data ? DistTrainer.shardCapacity(batch: batch, ranks: ranks) : batch
  }
}

/// What `--parallel` comes to for a network, a batch and a number of ranks.
public struct ParallelChoice: Codable, Sendable, Equatable {
  public var parallel: Parallel
  public var why: String
  /// Whether a sharded step's ranks need features of each other.
  private var sharesFeatures: Bool

  /// - Parameters:
  ///   - peaks: of the training set.
  ///   - keepsFeatures: whether a frozen conv base's features are wanted to be kept: then none are sent.
  ///   - before: of the run that goes on. Where nothing else is asked for, a sharded one stays so, in as
  ///     many lanes: the same bits come out.
  /// - Throws: `Failure(.usage)` where `sharded` is asked for and cannot be.
  public init(
    _ options: TrainingOptions, _ architecture: Architecture, peaks: Int, keepsFeatures: Bool,
    ranks: Int, isOneHost: Bool, before: Parallel? = nil
  ) throws {
    let lanes = try Self.lanes(options.lanes, ranks: ranks)
    let apart = StepSizes(architecture).cut(lanes, ranks: ranks).areApart
    let cost = ShardingCost(
      StepSizes(architecture, keepsFeatures: keepsFeatures),
      batch: options.largestStep(of: peaks), ranks: ranks, lanes: lanes,
      wire: options.wire ?? .fp32, isOneHost: isOneHost)
    switch options.parallel ?? .auto {
    case .data:
      guard options.wire != .bf16 else {
        throw Failure(
          .usage, "--wire bf16", expected: "--parallel sharded or auto",
          found: "--parallel data, which sends gradients")
      }
      self.init(parallel: .data, why: "asked for")
    case .sharded:
      guard cost != nil else {
        throw Failure(
          .usage, "--parallel sharded", expected: "a Dense layer right after Flatten",
          found: "an Activation layer", hint: "use --parallel data or auto")
      }
      self.init(parallel: .sharded(lanes: lanes), why: "asked for", sharesFeatures: !apart)
    case .auto:
      guard let cost else {
        self.init(parallel: .data, why: "no Dense layer right after Flatten")
        return
      }
      guard before?.lanes == nil else {
        self.init(
          parallel: .sharded(lanes: lanes), why: "the run was sharded before",
          sharesFeatures: !apart)
        return
      }
      self.init(
        parallel: cost.favoursSharding ? .sharded(lanes: lanes) : .data, why: cost.described,
        sharesFeatures: !apart)
    }
  }

  /// What was asked for and does not come to anything, or to something else: a line each.
  func unused(of request: TrainingRequest) -> [String] {
    switch parallel {
    case .data:
      let given = [
        request.wire == .bf16 ? "--wire bf16" : nil, request.lanes.map { "--lanes \($0)" },
      ]
      return given.compactMap { $0 }.map {
        "\($0) does nothing here, where the ranks share the work as `data` (\(why))"
      }
    case .sharded(let lanes):
      var lines: [String] = []
      if let asked = request.lanes, asked < lanes {
        lines.append("--lanes \(asked) is raised to \(lanes): a rank needs one at least")
      }
      if request.wire == .bf16 && !sharesFeatures {
        lines.append(
          "--wire bf16 saves nothing here, where no features are sent; they are rounded "
            + "as on any number of ranks")
      }
      return lines
    }
  }

  /// What makes a run that goes on differ from one that never stopped; nil where nothing does.
  func change(from document: CheckpointDocument, _ options: TrainingOptions) -> String? {
    func described(_ parallel: Parallel, _ options: TrainingOptions) -> String {
      let wire = parallel.lanes == nil ? nil : options.wire
      return parallel.described + (wire == .bf16 ? ", --wire bf16" : "")
    }
    guard let before = document.parallel else { return nil }
    let (was, now) = (described(before, document.options), described(parallel, options))
    return was == now
      ? nil
      : "the ranks share the work in another way (before: \(was); now: \(now)): "
        + "numbers differ by rounding from those of a run that never stopped"
  }

  private init(parallel: Parallel, why: String, sharesFeatures: Bool = false) {
    self.parallel = parallel
    self.why = why
    self.sharesFeatures = sharesFeatures
  }

  /// The lanes asked for, or 8, or more where there are more ranks.
  private static func lanes(_ asked: Int?, ranks: Int) throws -> Int {
    if let asked {
      guard asked > 0, asked & (asked - 1) == 0, asked <= 4096 else {
        throw Failure(
          .usage, "--lanes", expected: "a power of two up to 4096", found: "\(asked)")
      }
    }
    var lanes = asked ?? Lanes.defaultCount
    while lanes < ranks { lanes *= 2 }
    return lanes
  }
}

/// What a rank sends in a step under both modes. Between hosts it is the time of it on a link of 10 Gbit/s,
/// messages and bytes (`Link`); where computing hides some of it, that is not counted. On one host it is
/// the bytes; those of a sharded step are read where they are, and count half: two ranks are then even
/// where they are as fast, at 256 samples each.
struct ShardingCost {
  private let batch: Int
  private let ranks: Int
  private let isOneHost: Bool
  private let data: StepTraffic
  private let sharded: StepTraffic

  /// Nil where the network cannot be sharded.
  init?(
    _ sizes: StepSizes, batch: Int, ranks: Int, lanes: Int, wire: Wire, isOneHost: Bool
  ) {
    let sharded =
      isOneHost
      ? sizes.inMemory.sharded(ranks: ranks, batch: batch, lanes: lanes)
      : sizes.sharded(ranks: ranks, batch: batch, lanes: lanes, wire: wire)
    guard let sharded else { return nil }
    (self.batch, self.ranks, self.isOneHost, self.sharded) = (batch, ranks, isOneHost, sharded)
    data = sizes.data(ranks: ranks)
  }

  var favoursSharding: Bool {
    guard ranks > 1 else { return false }
    guard !isOneHost else { return sharded.bytes * 0.5 < data.bytes }
    return Link.assumed.seconds(sharded) < Link.assumed.seconds(data)
  }

  var described: String {
    guard ranks > 1 else { return "one rank sends nothing" }
    func tenths(_ value: Double) -> String {
      let tenths = Int((10 * value).rounded())
      return "\(tenths / 10).\(tenths % 10)"
    }
    func megabytes(_ traffic: StepTraffic) -> String {
      let sent = tenths(traffic.bytes * 1e-6) + " MB"
      guard !isOneHost else { return sent }
      return sent + " in \(Int(traffic.messages)) messages"
        + " (\(tenths(1e3 * Link.assumed.seconds(traffic))) ms by \(Link.assumed.name))"
    }
    return "a batch of \(batch) over \(ranks) ranks: a rank sends \(megabytes(sharded)) a step "
      + "sharded\(isOneHost ? " (in memory, which counts half)" : ""), "
      + "\(megabytes(data)) data-parallel"
  }
}
