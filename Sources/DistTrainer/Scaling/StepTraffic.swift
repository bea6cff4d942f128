import Foundation
import Model

/// What a rank sends in a step: bytes, and messages one after another.
public struct StepTraffic: Sendable, Equatable {
  public var bytes: Double
  public var messages: Double

  public init(bytes: Double, messages: Double) {
    self.bytes = bytes
    self.messages = messages
  }

  static func + (a: StepTraffic, b: StepTraffic) -> StepTraffic {
    StepTraffic(bytes: a.bytes + b.bytes, messages: a.messages + b.messages)
  }

  /// An all-reduce of so many floats by Rabenseifner's algorithm: a reduce-scatter and an all-gather
  /// of log₂ n messages each (Thakur, Rabenseifner and Gropp 2005, doi:10.1177/1094342005051521).
  static func allReduce(_ floats: Double, ranks: Int) -> StepTraffic {
    let others = Double(ranks - 1) / Double(ranks)
    return StepTraffic(bytes: 8 * others * floats, messages: 2 * log2(Double(ranks)).rounded(.up))
  }

  /// A `FixedSum` of so many floats: everyone's to everyone where that is little, else slices.
  static func fixedSum(_ floats: Double, ranks: Int) -> StepTraffic {
    let others = Double(ranks - 1)
    if 4 * others * floats <= Double(SumMessages.directLimit) {
      return StepTraffic(bytes: 4 * others * floats, messages: others)
    }
    return StepTraffic(bytes: 8 * others / Double(ranks) * floats, messages: 2 * others)
  }
}

/// The numbers of a network that decide what a step of either mode sends.
public struct StepSizes: Sendable, Equatable {
  /// Floats of all gradients, and of the conv base's.
  public let trained: Double
  public let convBase: Double
  /// Floats of a sample's features, and units of the Dense layer on top of them; nil where no Dense
  /// layer follows Flatten, so that it cannot be split.
  public let features: Double
  public let units: Double?
  /// Of the features and of their gradient, the share that is sent; and whether a bit for each says which.
  public private(set) var density: Double
  private var isSparse: Bool
  private let architecture: Architecture
  /// Whether every rank of a host has all features from the start.
  private let keepsFeatures: Bool

  /// Of NeatMS's network with start weights, counted with the demo set's peaks. When it has learned them it is
  /// 0.13 (60 epochs at a learning rate of 0.0005).
  static let startDensity = 0.57

  /// - Parameter keepsFeatures: whether the output of a frozen conv base is kept, where it is the same in every
  ///   epoch.
  public init(_ architecture: Architecture, keepsFeatures: Bool = false) {
    self.architecture = architecture
    let layout = ParameterLayout(architecture)
    trained = Double(layout.trainableTensors.map(\.count).reduce(0, +))
    convBase = Double(
      layout.trainableTensors.filter { $0.layerIndex < architecture.flattenIndex }.map(\.count)
        .reduce(0, +))
    self.keepsFeatures = keepsFeatures && convBase == 0 && !architecture.dropsBeforeFlatten
    features = Double(architecture.outputShapes[architecture.flattenIndex].count)
    isSparse = architecture.zeroFeaturesStopGradients
    density = isSparse ? Self.startDensity : 1
    let first = architecture.layers[(architecture.flattenIndex + 1)...].first {
      if case .dropout = $0.kind { false } else { true }
    }
    if case .dense(let dense)? = first?.kind { units = Double(dense.units) } else { units = nil }
  }

  /// Where ranks read all features from the memory that they were written to.
  var inMemory: StepSizes {
    var copy = self
    (copy.density, copy.isSparse) = (1, false)
    return copy
  }

  /// Every gradient is all-reduced, the conv base's apart.
  public func data(ranks: Int) -> StepTraffic {
    dataClassifier(ranks: ranks) + dataConvBase(ranks: ranks)
  }

  /// The part of it that starts before the conv base's backward pass.
  func dataClassifier(ranks: Int) -> StepTraffic {
    ranks > 1
      ? .allReduce(trained - convBase, ranks: ranks) : StepTraffic(bytes: 0, messages: 0)
  }

  /// The part of it that starts after the backward pass.
  func dataConvBase(ranks: Int) -> StepTraffic {
    ranks > 1 && convBase > 0
      ? .allReduce(convBase, ranks: ranks) : StepTraffic(bytes: 0, messages: 0)
  }

  /// Features forward and their gradient back, products and the conv base's gradients summed.
  /// Nil where the network cannot be split.
  public func sharded(
    ranks: Int, batch: Int, lanes: Int, wire: Wire = .fp32
  ) -> StepTraffic? {
    guard let products = shardedProducts(ranks: ranks, batch: batch) else { return nil }
    func pass(_ way: Pass) -> StepTraffic {
      shardedPass(way, ranks: ranks, batch: batch, lanes: lanes, wire: wire)
    }
    let forward = pass(.forward) + products
    return convBase > 0 ? forward + pass(.back) + shardedGradients(ranks: ranks) : forward
  }

  enum Pass { case forward, back }

  /// Features forward, or their gradient back.
  func shardedPass(
    _ pass: Pass, ranks: Int, batch: Int, lanes: Int, wire: Wire = .fp32
  ) -> StepTraffic {
    guard !keepsFeatures else { return StepTraffic(bytes: 0, messages: 0) }
    let sent = cut(lanes, ranks: ranks).sent(batch: batch)
    let bits = isSparse && pass == .forward ? 1.0 : 0
    let bytes = density * Double(wire.bytes) + bits / 8
    return StepTraffic(bytes: Double(sent.numbers) * bytes, messages: Double(sent.messages))
  }

  /// How the work is cut.
  func cut(_ lanes: Int, ranks: Int) -> Lanes {
    Lanes(
      count: lanes, rank: 0, ranks: ranks, inputs: Int(features),
      plan: convBase > 0 ? Lanes.strips(architecture, lanes: lanes) : nil)
  }

  /// The sum of the products. Nil where the network cannot be split.
  func shardedProducts(ranks: Int, batch: Int) -> StepTraffic? {
    guard let units else { return nil }
    guard ranks > 1 else { return StepTraffic(bytes: 0, messages: 0) }
    return .fixedSum(Double(batch) * units + 2, ranks: ranks)
  }

  /// The sum of the conv base's gradients.
  func shardedGradients(ranks: Int) -> StepTraffic {
    ranks > 1 && convBase > 0
      ? .fixedSum(convBase, ranks: ranks) : StepTraffic(bytes: 0, messages: 0)
  }
}
