import Model
import Support

/// Foretells the speed of both modes on any number of ranks.
///
/// A step takes its computing, plus what is sent less what computing hides:
/// - data: `fixed + weights + sample · ⌈batch / n⌉`; of the classifier's all-reduce, the conv base's
///   backward pass hides as much as it lasts;
/// - sharded: `fixed + weights / n`, the conv base's part of a sample for the samples of a rank's lanes, and
///   the rest of it for `batch / n` samples, since every rank multiplies all samples by its rows. The lanes' messages start while the next lane is computed, and the features' gradient
///   travels while the kernel's is computed; what is hidden so is not counted.
public struct ScalingModel: Sendable {
  public let sizes: StepSizes
  /// Of steps of either mode: lanes cost something even on one rank.
  public let data: ComputeCost
  public let sharded: ComputeCost
  public let link: Link
  /// Ranks of a host, which have one link to the others.
  public let ranksPerHost: Int

  /// Of a sample's computing, the conv base's, by counts of multiplications in NeatMS's network: 2.4 of 3.4
  /// millions forward, and twice as many back.
  static let convShare = 0.7
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
    guard let traffic = sizes.sharded(ranks: ranks, batch: batch, lanes: lanes) else { return nil }
    let own = (lanes + ranks - 1) / ranks
    // Ranks own whole lanes: on 3 ranks of 8 lanes one has three.
    let share = Double(own) / Double(lanes)
    // Samples are whole, too: of 1,024 ranks at a batch of 32 some have one, and the others wait.
    let cut = Lanes(count: lanes, rank: 0, ranks: ranks)
    let samples = (0..<ranks).map { rank in
      cut.owned(by: rank).reduce(0) { $0 + cut.samples(of: $1, batch: batch).count }
    }
    let sample =
      Self.convShare * Double(samples.max() ?? batch) + (1 - Self.convShare) * Double(batch) * share
    let computing = sharded.fixed + sharded.weights * share + sharded.sample * sample
    return prediction(
      computing + link.seconds(traffic, sharing: sharing(ranks)), batch, traffic)
  }

  private func sharing(_ ranks: Int) -> Int { min(ranksPerHost, ranks) }

  private func prediction(_ seconds: Double, _ batch: Int, _ traffic: StepTraffic) -> Prediction {
    Prediction(
      seconds: seconds, samplesPerSecond: Double(batch) / seconds, traffic: traffic)
  }
}
