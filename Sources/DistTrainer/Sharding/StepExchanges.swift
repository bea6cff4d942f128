import Collectives
import Foundation
import Model
import PeakData
import Support

/// What the ranks exchange in a step, and over which way: memory where all are on one host, else
/// messages. The numbers are the same.
struct StepExchanges {
  /// For the whole batch, and for the last one of an epoch, by their sizes.
  let features: [Int: any FeatureExchange]
  let products: FixedSum
  let convGradients: FixedSum
  /// The ranks of the host, where all are on one and share memory.
  let host: (any Communicator)?

  /// Set to 1, messages are used on one host too: for tests and measurements, or where memory is
  /// scarce.
  static let messagesVariable = "NEATMS_EXCHANGE_MESSAGES"

  /// Collective over `world`.
  /// - Parameters:
  ///   - batches: the sizes of batches, none larger than what `net.ownPieces` has room for.
  ///   - productCount: floats of the sum of products.
  init(
    world: any Communicator, net: PeakNet, lanes: Lanes, wire: Wire, batches: [Int],
    productCount: Int
  ) throws {
    let host = try world.splitByHost()
    var wants: Int64 =
      ProcessInfo.processInfo.environment[Self.messagesVariable] == "1" || host.size < world.size
      ? 1 : 0
    try withUnsafeMutablePointer(to: &wants) {
      try world.allReduce(UnsafeMutableBufferPointer(start: $0, count: 1), .max)
    }
    let convCount = net.trainsConvBase ? net.convBaseRange.count : 0
    let counts = [productCount, convCount]
    if wants == 0, let made = try Self.inMemory(host, net, lanes, batches, counts) {
      self = made
    } else {
      self = try Self.byMessages(world, net, lanes, wire, batches, counts)
    }
  }

  private init(
    features: [Int: any FeatureExchange], sums: [any SumExchange], counts: [Int], lanes: Lanes,
    host: (any Communicator)? = nil
  ) {
    self.features = features
    self.host = host
    products = FixedSum(count: counts[0], lanes: lanes, over: sums[0])
    convGradients = FixedSum(count: counts[1], lanes: lanes, over: sums[1])
  }

  /// Nil, on every rank, where there is no room.
  private static func inMemory(
    _ host: any Communicator, _ net: PeakNet, _ lanes: Lanes, _ batches: [Int], _ counts: [Int]
  ) throws -> StepExchanges? {
    do {
      let features = try SharedFeatures(
        net.ownPieces.layout, withGradient: net.trainsConvBase, areApart: lanes.areApart, on: host)
      let sums = try counts.map {
        try SharedSum(count: $0, lanes: lanes, on: host)
      }
      return StepExchanges(
        features: Dictionary(batches.map { ($0, features) }) { first, _ in first }, sums: sums,
        counts: counts, lanes: lanes, host: host)
    } catch let failure as Failure where failure.code == .cannotCreate {
      return nil
    }
  }

  private static func byMessages(
    _ world: any Communicator, _ net: PeakNet, _ lanes: Lanes, _ wire: Wire, _ batches: [Int],
    _ counts: [Int]
  ) throws -> StepExchanges {
    guard let messages = try world.split(colour: 0) else {
      throw Failure(.internalError, "MPI_Comm_split gave no communicator")
    }
    var features: [Int: any FeatureExchange] = [:]
    for batch in batches where features[batch] == nil {
      features[batch] = try FeatureMessages(
        count: batch, batch: net.ownPieces, lanes: lanes, wire: wire,
        isSparse: net.architecture.zeroFeaturesStopGradients,
        inChunks: !net.productsDependOnPlace, on: messages)
    }
    let sums = try counts.map {
      try SumMessages(count: $0, lanes: lanes, on: messages)
    }
    return StepExchanges(features: features, sums: sums, counts: counts, lanes: lanes)
  }
}
