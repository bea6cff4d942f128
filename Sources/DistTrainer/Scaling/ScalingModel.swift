import Model
import Support

/// Foretells the speed of both modes on any number of ranks.
///
/// A step takes its computing, plus what is sent less what computing hides:
/// - data: `fixed + weights + sample · ⌈batch / n⌉`; of the classifier's all-reduce, the conv base's
///   backward pass hides as much as it lasts;
/// - sharded: `fixed + weights / n`, the conv base's part of a sample for the samples of a rank's lanes, and
///   the rest of it for `batch / n` samples, since every rank multiplies all samples by its rows. A lane's
///   features travel while the next lane's are computed, and a lane's gradient while the last lane's goes
///   through the conv base; what is left of that and of the sum of the conv base's gradients is hidden by the
///   kernel's gradient and update.
public struct ScalingModel: Sendable {
  public let sizes: StepSizes
  /// Of steps of either mode: lanes cost something even on one rank.
  public let data: ComputeCost
  public let sharded: ComputeCost
  public let link: Link
  /// Ranks of a host, which have one link to the others.
  public let ranksPerHost: Int

  /// Of a sample's computing, the conv base's, by counts of the multiplications that are made in NeatMS's network:
  /// 0.81 of 1.80 millions forward (by Winograd's form), and twice as many back. `bench --trace` shows 0.39 at a
  /// batch of 32 and 0.49 at 256.
  static let convShare = 0.45
  /// A pass forward is a third of a sample's computing; the conv base's backward pass takes the other two, and
  /// of the first Dense layer's one goes to the kernel's gradient.
  static let passShare = 1.0 / 3
  /// Its backward pass alone.
  static let hidingShare = 2 * convShare / 3

  public init(
    sizes: StepSizes, data: ComputeCost, sharded: ComputeCost, link: Link, ranksPerHost: Int = 1
  ) {
    self.sizes = sizes
    self.data = data
    self.sharded = sharded
    self.link = link
    self.ranksPerHost = ranksPerHost
  }

  public struct Prediction: Sendable, Equatable {
    /// Of a step.
    public var seconds: Double
    public var samplesPerSecond: Double
    public var traffic: StepTraffic
  }

  public func data(ranks: Int, batch: Int) -> Prediction {
    let share = Double((batch + ranks - 1) / ranks)
    let traffic = sizes.data(ranks: ranks)
    let computing = data.fixed + data.weights + data.sample * share
    let hidden = Self.hidingShare * data.sample * share
    let classifier = link.seconds(
      sizes.dataClassifier(ranks: ranks), sharing: sharing(ranks))
    let convBase = link.seconds(sizes.dataConvBase(ranks: ranks), sharing: sharing(ranks))
    let sending = max(classifier - hidden, 0) + convBase
    return prediction(computing + sending, batch, traffic)
  }

  /// Nil where the network cannot be split.
  public func sharded(ranks: Int, batch: Int, lanes: Int = 8) -> Prediction? {
    var lanes = lanes
    while lanes < ranks { lanes *= 2 }
    guard let traffic = sizes.sharded(ranks: ranks, batch: batch, lanes: lanes),
      let products = sizes.shardedProducts(ranks: ranks, batch: batch)
    else { return nil }
    let own = (lanes + ranks - 1) / ranks
    // Ranks own whole lanes: on 3 ranks of 8 lanes one has three.
    let share = Double(own) / Double(lanes)
    // Samples are whole, too: of 1,024 ranks at a batch of 32 some have one, and the others wait.
    let cut = sizes.cut(lanes, ranks: ranks)
    let filled = (0..<ranks).map { rank in
      cut.owned(by: rank).map { cut.samples(of: $0, batch: batch).count }.filter { $0 > 0 }
    }
    let pieces = filled.map { $0.reduce(0, +) }.max() ?? 0
    let convBase = Self.convShare * Double(pieces) / Double(cut.strips) * sharded.sample
    let rows = (1 - Self.convShare) * Double(batch) * share * sharded.sample
    let weights = sharded.weights * share
    let computing = sharded.fixed + weights + convBase + rows
    guard ranks > 1 else { return prediction(computing, batch, traffic) }
    func seconds(_ traffic: StepTraffic) -> Double {
      link.seconds(traffic, sharing: sharing(ranks))
    }
    func pass(_ way: StepSizes.Pass) -> Double {
      seconds(sizes.shardedPass(way, ranks: ranks, batch: batch, lanes: lanes))
    }
    let parts = filled.map(\.count).max() ?? 1
    var sending = seconds(products)
    sending += Self.exposed(pass(.forward), beside: Self.passShare * convBase, lanes: parts)
    if sizes.convBase > 0 {
      let waiting =
        Self.exposed(pass(.back), beside: 2 * Self.passShare * convBase, lanes: parts)
        + seconds(sizes.shardedGradients(ranks: ranks))
      sending += max(waiting - Self.passShare * rows - weights, 0)
    }
    return prediction(computing + sending, batch, traffic)
  }

  /// What a pass's messages add to computing of `seconds`, both in so many equal parts of which each is sent
  /// once it is computed, or computed once it is received.
  static func exposed(_ pass: Double, beside seconds: Double, lanes: Int) -> Double {
    let last = 1 / Double(lanes)
    return max(pass * last, pass - seconds * (1 - last))
  }

  private func sharing(_ ranks: Int) -> Int { min(ranksPerHost, ranks) }

  private func prediction(_ seconds: Double, _ batch: Int, _ traffic: StepTraffic) -> Prediction {
    Prediction(
      seconds: seconds, samplesPerSecond: Double(batch) / seconds, traffic: traffic)
  }
}
