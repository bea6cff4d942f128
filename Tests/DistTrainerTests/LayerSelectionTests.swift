import DistTrainer
import Model
import Support
import Testing

/// The lists of `--freeze` and `--train-only`.
@Suite struct LayerSelectionTests {
  /// input_1, conv2d_1, max_pooling2d_1, conv2d_2, flatten_1, dense_1, dropout_1, dense_prediction.
  let network = Architecture.neatMS()
  static let base: Set<String> = [
    "input_1", "conv2d_1", "max_pooling2d_1", "conv2d_2", "flatten_1",
  ]
  static let classifier: Set<String> = ["dense_1", "dropout_1", "dense_prediction"]

  private func names(_ list: String) throws -> Set<String> {
    try LayerSelection(list, option: "--freeze", of: network).names
  }

  @Test(arguments: [
    ("conv2d_1", ["conv2d_1"]), ("1", ["conv2d_1"]), ("0", ["input_1"]),
    ("0..<4", ["input_1", "conv2d_1", "max_pooling2d_1", "conv2d_2"]),
    ("3...5", ["conv2d_2", "flatten_1", "dense_1"]),
    (" 5 , conv2d_2 ", ["dense_1", "conv2d_2"]), ("7...7", ["dense_prediction"]),
    ("conv-base", Array(base)), ("classifier", Array(classifier)),
    ("conv-base,6", Array(base) + ["dropout_1"]), ("none", []),
    ("all", Array(base) + Array(classifier)),
  ])
  func lists(list: String, expected: [String]) throws {
    #expect(try names(list) == Set(expected))
  }

  @Test(arguments: [
    "conv2d_3", "8", "0..<9", "-1", "4..<4", "5...2", "", "conv2d_1,", "none,1", "1..3",
    "9223372036854775807", "0...9223372036854775807", "Conv-base",
  ])
  func unknownNamesListTheKnownOnes(list: String) throws {
    let failure = try #require(throws: Failure.self) { try names(list) }
    #expect(failure.code == .usage)
    let text = failure.description
    #expect(text.contains("--freeze"))
    for known in ["input_1 (0)", "conv2d_1 (1)", "dense_prediction (7)", "conv-base", "classifier"]
    {
      #expect(text.contains(known))
    }
  }

  @Test func aLayersOwnNameGoesFirst() throws {
    var odd = network
    odd.layers[0].name = "none"
    odd.layers[4].name = "classifier"
    func names(_ list: String) throws -> Set<String> {
      try LayerSelection(list, option: "--freeze", of: odd).names
    }
    #expect(try names("none") == ["none"])
    #expect(try names("classifier") == ["classifier"])
    #expect(try names("conv-base").contains("none"))
  }

  @Test func theTwoOptionsAreComplements() throws {
    for list in ["conv-base", "conv2d_1,dense_1", "0..<4", "7"] {
      let frozen = try LayerChoice(freeze: list).frozenNames(of: network)
      let others = try LayerChoice(trainOnly: list).frozenNames(of: network)
      #expect(frozen.isDisjoint(with: others))
      #expect(frozen.union(others) == Self.base.union(Self.classifier))
    }
  }

  @Test func withoutAnOptionTheModelsOwnIsFollowed() throws {
    var frozen = network
    frozen.layers[0].trainable = false
    #expect(try LayerChoice().applied(to: frozen) == frozen)
    #expect(try LayerChoice(freeze: "none").applied(to: frozen) == network)
    #expect(try LayerChoice(trainOnly: "all").applied(to: frozen) == network)
    let second = try LayerChoice(freeze: "conv2d_2").applied(to: frozen)
    #expect(second.layers.filter { !$0.trainable }.map(\.name) == ["conv2d_2"])
  }

  @Test(arguments: ["all", "conv-base,classifier", "0..<8", "conv2d_1,conv2d_2,dense_1,7"])
  func freezingEverythingIsRefused(list: String) throws {
    let failure = try #require(throws: Failure.self) {
      try LayerChoice(freeze: list).applied(to: network)
    }
    #expect(failure.code == .usage)
    #expect(failure.description.contains("nothing to train"))
    #expect(throws: Failure.self) { try LayerChoice(trainOnly: "flatten_1").applied(to: network) }
  }
}
